// What was understood of a question, and where is looked because of it; each can be taken away.

import { h } from "./dom.js";
import { stateLink } from "./route.js";
import { aspectName } from "./text.js";

const FILTERS = { document: "只看文档", section: "只看小节", aspect: "只看" };

/** The chips of a turn; without an interpretation those of the filters alone. `turn` counts from 1. */
export function chips(understood, params, turn = 0) {
  return [...(understood ? ofQuestion(understood, turn) : []), ...ofFilters(params)];
}

function ofQuestion(understood, turn) {
  const { places, case_numbers: numbers, narrowed_to: narrowed, years, aspect } = understood;
  const names = places.map((place) => place.county || place.city || place.province || place.mention).join("、");
  const within = narrowed.length === 1 ? `（第${narrowed[0]}篇）` : narrowed.length ? `（${narrowed.length} 篇）` : "";
  // The chip has said it: 只在第一百五十七篇（周口市扶沟县）中查找。
  const note = names || numbers.length ? understood.note.replace(/^只在[^。]*中查找。/, "") : understood.note;
  const found = [
    understood.rewritten && h("span", { class: "chip chip-plain" }, `理解为：${understood.question}`),
    names && removable("地点", `${names}${within}`, "place", turn),
    numbers.length && removable("篇号", numbers.map((each) => `第${each}篇`).join("、"), "case", turn),
    years.length && removable("年份", years.join("、"), "year", turn),
    aspect && removable("方面", aspectName(aspect), "aspect", turn),
    understood.asks_figure && removable("要的是", "数字", "figure", turn),
    understood.across && h("span", { class: "chip chip-plain" }, "问各地"),
    note && h("span", { class: "chip-note" }, note),
  ].filter(Boolean);
  return [...found, ...(understood.ignored ?? []).map((kind) => restorable(kind, turn))];
}

/** What can be left out of what was understood of a question. */
export const KINDS = { place: "地点", case: "篇号", year: "年份", aspect: "方面", figure: "数字" };

function removable(name, value, kind, turn) {
  const to = (params) => ({ ignore: [...params.getAll("ignore"), `${turn}.${kind}`], open: null, at: null });
  const words = `去掉${name}：${value}`;
  return h("span", { class: "chip" }, `${name}：${value}`, stateLink(to, { class: "chip-remove", "aria-label": words, title: words }, "×"));
}

function restorable(kind, turn) {
  const to = (params) => ({ ignore: params.getAll("ignore").filter((each) => each !== `${turn}.${kind}`) });
  const words = `恢复${KINDS[kind]}`;
  return h("span", { class: "chip chip-ignored" }, `不限${KINDS[kind]}`, stateLink(to, { class: "chip-remove", "aria-label": words, title: words }, "↺"));
}

function ofFilters(params) {
  const place = `${params.get("city") ?? ""}${params.get("county") ?? ""}`;
  const number = params.get("case");
  return [
    place && filter(`只看 ${place}`, { city: null, county: null }),
    number && filter(`只看第${number}篇`, { case: null }),
    ...Object.entries(FILTERS).map(([name, words]) => {
      const value = params.get(name);
      return value && filter(`${words} ${name === "aspect" ? aspectName(value) : value}`, { [name]: null });
    }),
  ].filter(Boolean);
}

function filter(words, without) {
  const name = `去掉筛选：${words}`;
  return h("span", { class: "chip chip-filter" }, words, stateLink(without, { class: "chip-remove", "aria-label": name, title: name }, "×"));
}
