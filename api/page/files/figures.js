// The figures of the compilation as a table: searched, of a unit or place, sorted, by pages. The address holds all of it.

import { spanOf } from "./caseview.js";
import { chips } from "./chips.js";
import { choose } from "./choices.js";
import { fill, h, link, number, trouble } from "./dom.js";
import { get } from "./http.js";
import { markPassages } from "./reader.js";
import { address, changed, go, here, stateLink } from "./route.js";
import { marked, slice } from "./text.js";

const PAGE = 50;
const FILTERS = ["q", "unit", "city", "county", "case", "document", "articles"];
/** From how far into its sentence a figure is led up to by the last words before it alone, until one looks. */
const FAR = 40;
const LEAD = 24;

/** What another choice undoes: it begins at the first page, with nothing open. */
const ANEW = { page: null, open: null, at: null };

/** The columns: what they are called, their class, and the orders that their head leads to, one after the other. */
const COLUMNS = [
  ["数值", "data-value", "-value", "value"],
  ["量的是什么", "data-measure", "indicator"],
  ["时间", "data-time", "time"],
  ["出处", "data-place", "place"],
  ["所在的句子", "data-words", "reading"],
];

/** The table with its filters: { node, show(params) }. */
export function figureTable() {
  let cases = null;
  let asked = 0;
  const choice = (values) => go(changed({ ...ANEW, ...values }));
  const field = h("input", { type: "search", placeholder: "例如：供应土地", "aria-label": "查找数据", "data-ask": true, maxlength: 1000 });
  const unit = h("select", { onchange: () => choice({ unit: unit.value }) });
  const place = h("select", { onchange: () => choice(placeOf(place.value)) });
  const articles = h("input", { type: "checkbox", onchange: () => choice({ articles: articles.checked || null }) });
  const submit = (event) => {
    event.preventDefault();
    choice({ q: field.value.trim(), sort: null });
  };
  const bar = h(
    "form",
    { class: "browse-bar", role: "search", onsubmit: submit },
    field,
    h("button", { type: "submit", class: "button" }, "查找"),
    h("label", { class: "browse-choice" }, "单位", unit),
    h("label", { class: "browse-choice" }, "地点", place),
    h("label", { class: "browse-choice" }, articles, "连同“一个”“一名”这类"),
  );
  const others = h("div", { class: "chips" });
  const count = h("p", { class: "browse-count", role: "status" }, "正在载入数据……");
  const heads = COLUMNS.map(head);
  const table = h("table", { class: "data-table", "aria-label": "汇编里的数据" }, h("thead", {}, h("tr", {}, heads)));
  const frame = h("div", { class: "data-frame", tabindex: "0", role: "region", "aria-label": "数据表", hidden: true }, table);
  const otherwise = h("div");
  const pages = h("nav", { class: "data-pages", "aria-label": "翻页" });

  async function show(params) {
    const mine = ++asked;
    const filters = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? ""]));
    const sort = params.get("sort") ?? (filters.q ? "" : "reading");
    const page = Math.max(1, Math.trunc(Number(params.get("page"))) || 1);
    field.value = filters.q;
    filters.articles ||= false;
    articles.checked = filters.articles === "true";
    frame.setAttribute("aria-busy", "true");
    fill(others, chips(null, new URLSearchParams({ case: filters.case, document: filters.document })));
    try {
      cases ??= (await get("/cases", { all: true })).cases;
      choosePlace(filters);
      const { case: case_number, document: document_id, ...rest } = filters;
      const found = await get("/figures", { ...rest, case_number, document_id, sort, limit: PAGE, offset: (page - 1) * PAGE });
      if (mine === asked) filled(found, filters, sort, page);
    } catch (error) {
      if (mine !== asked) return;
      frame.hidden = true;
      fill(count);
      fill(pages);
      choose(unit, [], filters.unit);
      fill(otherwise, trouble(error, error.status !== 422 && (() => show(params))), clear());
    }
  }

  function filled({ total, figures, units }, filters, sort, page) {
    const before = (page - 1) * PAGE;
    heads.forEach((cell, at) => mark(cell, COLUMNS[at].indexOf(sort, 2) > 0 && sort));
    const titles = new Map(cases.map((each) => [each.document_id, `《${each.document_title}》`]));
    const rows = (some) => some.map((each) => row(each, titles.get(each.document_id)));
    const isGrouped = sort.endsWith("value") && !filters.unit;
    const groups = isGrouped ? [...Map.groupBy(figures, (each) => each.unit)] : [["", figures]];
    // The head stays, and the focus with it.
    [...table.tBodies].forEach((each) => each.remove());
    table.append(...groups.map(([name, those]) => h("tbody", {}, isGrouped && group(name), rows(those))));
    frame.hidden = !figures.length;
    frame.removeAttribute("aria-busy");
    fill(count, figures.length ? `第 ${before + 1}–${before + figures.length} 个，共 ${total} 个` : `共 ${total} 个`);
    fill(otherwise, !figures.length && [h("p", { class: "notice" }, total ? "没有这一页。" : "没有符合的数据。"), clear()]);
    choose(unit, units.map((each) => [each.unit, `${each.unit}（${each.count}）`]), filters.unit);
    turn(page, Math.ceil(total / PAGE));
    if (!table.isConnected) return;
    markPassages(figures.map(({ passage_id, ...each }) => ({ ...each, ...spanOf(passage_id), highlights: [each] })));
  }

  function choosePlace({ city, county }) {
    const known = cases.flatMap((each) => [nameOf(each.city), nameOf(each.city, each.county)]).filter(Boolean);
    const names = [...new Set(known)].sort((one, other) => one.localeCompare(other, "zh"));
    choose(place, names.map((name) => [name, name.replace(" ", "")]), nameOf(city, county));
  }

  function turn(page, last) {
    const hadFocus = pages.contains(document.activeElement);
    const to = (other, name) =>
      other < 1 || other > last
        ? h("button", { type: "button", class: "button", disabled: true }, name)
        : stateLink({ ...ANEW, page: other === 1 ? null : other }, { class: "button" }, name);
    fill(pages, last > 1 && [to(page - 1, "上一页"), `${page} / ${last}`, to(page + 1, "下一页")]);
    if (hadFocus) frame.focus();
  }

  return { node: h("section", { "aria-label": "数据" }, bar, others, count, frame, otherwise, pages), show };
}

/** A place as the value of a choice: 周口市 扶沟县; a county without a city begins with the space. */
function nameOf(city, county) {
  return county ? `${city ?? ""} ${county}` : (city ?? "");
}

function placeOf(name) {
  const [city, county] = name.split(" ");
  return { city, county };
}

function head([name, kind, ...orders]) {
  const onclick = () => {
    const at = orders.indexOf(here().params.get("sort"));
    go(changed({ ...ANEW, sort: orders[(at + 1) % orders.length] }));
  };
  return h("th", { scope: "col", class: kind }, h("button", { type: "button", class: "data-sort", onclick }, name));
}

function mark(cell, order) {
  if (order) cell.setAttribute("aria-sort", order.startsWith("-") ? "descending" : "ascending");
  else cell.removeAttribute("aria-sort");
}

function group(unit) {
  return h("tr", { class: "data-unit" }, h("th", { scope: "rowgroup", colspan: COLUMNS.length }, unit || "没有单位"));
}

function row(figure, title) {
  const { text, value, upper, unit, indicator, comparison, time, place, start, end, sentence, passage_id } = figure;
  const printed = unit && text.endsWith(unit) ? [text.slice(0, -unit.length), h("small", {}, unit)] : text;
  const exact = `${number(value)}${upper === null ? "" : `–${number(upper)}`} ${unit}`;
  const evidence = stateLink({ open: passage_id, at: `${start}-${end}` }, { title: `${exact}：看原文` }, printed);
  const cell = (kind, ...words) => h("td", { class: kind }, ...words);
  return h(
    "tr",
    { tabindex: "-1", "data-item": true },
    h("th", { scope: "row", class: "data-value" }, evidence),
    cell("data-measure", indicator, comparison && h("small", {}, `相对于${comparison}`)),
    cell("data-time", time),
    cell("data-place", place || title, h("small", {}, figure.citation.replace(title, "").replace(` ${place}`, ""))),
    h("td", { class: "data-words" }, h("div", {}, sentenceOf(figure))),
  );
}

/** The sentence with its figure marked; what is long before it is folded, so that the mark is seen. */
function sentenceOf({ sentence, start, end, passage_id }) {
  const { start: from } = spanOf(passage_id);
  const cut = start - from > FAR ? start - from - LEAD : 0;
  const rest = marked(slice(sentence, cut), from + cut, [{ start, end, kind: "said" }]);
  return [cut > 0 && h("span", { class: "data-before" }, slice(sentence, 0, cut)), rest];
}

function clear() {
  return link(address("/browse", { show: "figures" }), { class: "button" }, "看全部数据");
}
