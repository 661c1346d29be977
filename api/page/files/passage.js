// A passage that was found, as an entry of the list below an answer.

import { citeActions } from "./citing.js";
import { h, link } from "./dom.js";
import { stateLink } from "./route.js";
import { aspectTag, marked, sectionName, slice } from "./text.js";

/** Where a passage stands, in a line: 第157篇 周口市扶沟县 · 强化要素保障 · 第1段. */
export function standing(passage) {
  const { case_number: number, title, city, county } = passage.case;
  const place = `${city ?? ""}${county ?? ""}`;
  const name = number === null ? title : `第${number}篇 ${place || title}`;
  return `${name} · ${sectionName(passage)} · 第${passage.paragraph}段`;
}

/**
 * The entry of a passage. `said` are the sentences of the answer that stand in it; where there are none, what comes
 * nearest to the question is marked more lightly.
 */
export function passageItem(passage, said) {
  const spans = said.length ? said.map((span) => ({ ...span, kind: "said" })) : passage.highlights.map((span) => ({ ...span, kind: "found" }));
  const quote = said.map(({ start, end }) => slice(passage.text, start - passage.start, end - passage.start)).join("");
  return h(
    "li",
    { class: "passage", tabindex: "-1", "data-item": true, "data-rank": passage.rank, onkeydown: openOnEnter },
    h(
      "div",
      { class: "passage-head" },
      h("span", { class: "rank", "aria-hidden": "true" }, passage.rank),
      stateLink({ open: passage.id, at: null }, { class: "standing" }, standing(passage)),
      aspectTag(passage.aspect),
    ),
    passage.case.case_number !== null && h("p", { class: "case-title" }, passage.case.title),
    h("blockquote", { class: "words" }, marked(passage.text, passage.start, spans)),
    h("p", { class: "why-found" }, passage.why, passage.page && ` · 原件第${passage.page}页`),
    h("p", { class: "citation on-paper" }, passage.citation),
    passage.also_in.map((copy) => h("p", { class: "why-found" }, "另见：", link(`/passages/${encodeURIComponent(copy.id)}`, {}, copy.citation))),
    h("div", { class: "actions" }, citeActions(passage, quote || passage.text)),
  );
}

function openOnEnter(event) {
  if (event.key === "Enter" && event.target === event.currentTarget) event.currentTarget.querySelector(".standing").click();
}
