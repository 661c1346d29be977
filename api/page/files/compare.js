// Comparing: a row for each case that answers, or of each place picked; every cell leads to its evidence.

import { caseAt, spanOf } from "./caseview.js";
import { charts } from "./chart.js";
import { copy } from "./citing.js";
import { button, fill, h, link, tell, trouble } from "./dom.js";
import { fetchFile, get, post } from "./http.js";
import { markPassages } from "./reader.js";
import { address, changed, go, stateLink } from "./route.js";

const LEAD = "问一件事，各地的做法、成效、数据列成一张表，每一格都能点开原文。";
const MOST_SUGGESTED = 20;
/** Asked of places alone, each case answers with what its own title says it is about. */
const IN_GENERAL = "有什么异同";
const COLUMNS = [
  ["background", "背景"],
  ["measures", "做法"],
  ["results", "成效"],
  ["figures", "数据"],
  ["time", "时间"],
];
/** Columns that are there even where no case fills them. */
const ALWAYS = ["measures", "results"];

let cases = null;

/** The view: the start without a question or a place, else the table of both. */
export async function compare(main, { params, about }) {
  const places = [...new Set(params.getAll("place").filter((place) => place.trim()))];
  const asked = { question: params.get("q")?.trim() ?? "", places };
  const isAsked = asked.question || asked.places.length;
  document.title = isAsked ? `${nameOf(asked)} · 比较 · 案问` : "比较 · 案问";
  const isPicking = document.activeElement?.id === "place";
  const body = h("div", { class: "comparison" });
  const form = asking(asked);
  if (isAsked) fill(main, h("div", { class: "wide" }, h("h1", { class: "unseen" }, "比较"), form, body));
  else fill(main, h("div", { class: "start" }, h("h1", {}, "比一比，各地怎么做"), h("p", { class: "lead" }, LEAD), form, body));
  if (isPicking) form.querySelector("#place").focus();
  else if (!isAsked && matchMedia("(hover: hover)").matches) form.querySelector("[data-ask]").focus();
  if (isAsked) return result(body, asked);
  // Begun anew, the compilation may be another one.
  cases = null;
  markPassages([]);
  return examples(body, await about);
}

/** What a comparison is called. */
function nameOf({ question, places }) {
  return question || `${places.join("、")}的异同`;
}

async function examples(body, { examples }) {
  const shown = examples.filter((each) => each.includes("哪些地方")).slice(0, 2).map((each) => [each, { q: each }]);
  const places = [...new Set((await allCases()).map(placeOf).filter(Boolean))].slice(0, 3);
  if (places.length > 1) shown.push([nameOf({ places }), { place: places }]);
  const items = shown.map(([name, to]) => h("li", {}, link(address("/compare", to), { class: "example" }, name)));
  fill(body, h("ul", { class: "examples", "aria-label": "可以这样比" }, items));
}

// What is asked.

function asking({ question, places }) {
  const input = h("input", {
    type: "text",
    name: "q",
    "data-ask": true,
    "aria-label": "要比较什么",
    placeholder: places.length ? "比哪一件事？不写就比各自的主题" : "例如：哪些地方实行领导分包？",
    maxlength: 1000,
    autocomplete: "off",
    enterkeyhint: "search",
    value: question,
  });
  const to = (picked) => go(address("/compare", { q: input.value.trim(), place: picked }));
  const submit = (event) => {
    event.preventDefault();
    if (input.value.trim() || places.length) to(places);
    else input.focus();
  };
  return h(
    "div",
    { class: "comparing" },
    h(
      "form",
      { class: "field", role: "search", action: "/compare", onsubmit: submit },
      input,
      h("button", { type: "submit", class: "button button-main" }, "比较"),
    ),
    h("div", { class: "chips" }, places.map(chip), picker((name) => places.includes(name) || to([...places, name]))),
  );
}

function chip(place) {
  const without = (params) => ({ place: params.getAll("place").filter((each) => each !== place), open: null, at: null });
  return h("span", { class: "chip" }, place, stateLink(without, { class: "chip-remove", "aria-label": `去掉${place}` }, "×"));
}

/** A field that suggests places as one types; `pick` is called with the place chosen, or with what was typed. */
function picker(pick) {
  const list = h("ul", { class: "menu-items suggestions", id: "places", role: "listbox", "aria-label": "地方", hidden: true });
  const onkeydown = (event) => {
    const count = list.hidden ? 0 : list.children.length;
    const at = [...list.children].findIndex((each) => each.ariaSelected === "true");
    const typed = input.value.trim();
    if (event.isComposing) return;
    if (event.key === "ArrowDown" && !count) suggest();
    else if (event.key === "ArrowDown") point((at + 1) % count);
    else if (event.key === "ArrowUp" && count) point((at <= 0 ? count : at) - 1);
    else if (event.key === "Enter" && at >= 0) pick(list.children[at].firstChild.data);
    else if (event.key === "Enter" && typed) meant(typed).then(pick);
    else if (event.key === "Escape" && count) {
      show(false);
      event.stopPropagation();
    } else return;
    event.preventDefault();
  };
  const point = (at) => {
    [...list.children].forEach((each, number) => (each.ariaSelected = number === at));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", list.children[at]?.id ?? "");
  };
  const show = (isOpen) => {
    list.hidden = !isOpen;
    input.ariaExpanded = isOpen;
    point(-1);
  };
  const suggest = async () => {
    fill(list, (await fitting(input.value.trim())).slice(0, MOST_SUGGESTED).map(option));
    show(list.children.length > 0 && document.activeElement === input);
  };
  const option = ([name, count], number) => {
    // Before the field loses the focus, and with it the list.
    const onmousedown = (event) => {
      event.preventDefault();
      pick(name);
    };
    return h("li", { id: `place-${number}`, class: "menu-item", role: "option", onmousedown }, name, h("span", {}, `${count}篇`));
  };
  const input = h("input", {
    type: "text",
    id: "place",
    role: "combobox",
    "aria-label": "加一个地方",
    "aria-autocomplete": "list",
    "aria-controls": "places",
    "aria-expanded": "false",
    placeholder: "加一个地方",
    maxlength: 40,
    autocomplete: "off",
    onkeydown,
    oninput: suggest,
    onclick: suggest,
    onblur: () => show(false),
  });
  return h("div", { class: "picker" }, input, list);
}

/** The places whose names hold some words, with their counts; those that begin so come first. */
async function fitting(words) {
  const found = placesOf(await allCases().catch(() => [])).filter(([name]) => name.includes(words));
  return found.sort(([one], [other]) => other.startsWith(words) - one.startsWith(words));
}

/** The place that is meant by some words: the only one, or the first that begins so; else the words themselves. */
async function meant(words) {
  const [first, second] = await fitting(words);
  return first && (!second || first[0].startsWith(words)) ? first[0] : words;
}

/** All cases of the compilation, fetched once. Throws Fault. */
function allCases() {
  cases ??= get("/cases", { all: true }).then((found) => found.cases);
  cases.catch(() => (cases = null));
  return cases;
}

/** The place of a case, as it is picked; empty where none is known. */
function placeOf({ province, city, county }) {
  return `${city ?? ""}${county ?? ""}` || province || "";
}

/** Names of places with how many cases are of each, in the order of the compilation; of cities those that have several. */
function placesOf(found) {
  const own = new Set(found.map(placeOf));
  const counts = new Map();
  for (const each of found) {
    for (const name of new Set([each.city, placeOf(each)])) if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].filter(([name, count]) => own.has(name) || count > 1);
}

// What is answered.

async function result(body, asked) {
  const request = { question: asked.question || IN_GENERAL, places: asked.places };
  fill(body, h("p", { class: "waiting", role: "status" }, "正在比较……"));
  try {
    const [reply, known] = await Promise.all([post("/compare", request), allCases().catch(() => [])]);
    if (!body.isConnected) return;
    const sources = sourcesOf(reply);
    const shown = [actions(reply, request, asked), charts(reply.charts), table(reply, asked, known, sources), citations(sources)];
    fill(body, hints(reply, asked), reply.rows.length ? shown : nothing(asked));
    markPassages(saidIn(reply));
  } catch (error) {
    if (body.isConnected) fill(body, trouble(error, () => result(body, asked)));
  }
}

function hints({ missing, rows }, { places }) {
  const told = [
    missing.length > 0 && `汇编里没有${missing.join("、")}的案例。`,
    places.length > 0 && rows.length === 1 && "再加一个地方就能比较。",
  ].filter(Boolean);
  return told.length > 0 && h("p", { class: "notice", role: "status" }, told);
}

function nothing({ places }) {
  const [said, hint] = places.length
    ? ["没有可以比较的案例。", "请从“加一个地方”里选汇编收有的地方。"]
    : ["汇编里没有写到这件事。", "请换个说法，或说得具体些；也可以先选两三个地方，看它们各写了什么。"];
  return h("section", { class: "answer answer-silent", "aria-label": "结果" }, h("h2", {}, said), h("p", {}, hint));
}

function statements(row) {
  return COLUMNS.flatMap(([name]) => (name === "time" ? [] : row[name]));
}

/** What is cited, each passage once, numbered as in the files that are exported. */
function sourcesOf({ rows }) {
  return new Map(rows.flatMap(statements).map((each) => [each.passage_id, each.citation]));
}

function saidIn({ rows }) {
  const said = rows.flatMap(statements);
  return [...new Set(said.map((each) => each.passage_id))].map((id) => {
    const { document, start, end } = spanOf(id);
    return { document_id: document, start, end, highlights: said.filter((each) => each.passage_id === id) };
  });
}

function table({ rows }, asked, known, sources) {
  const columns = COLUMNS.filter(([name]) => ALWAYS.includes(name) || rows.some((row) => row[name].length));
  const heads = [["case", "案例"], ...columns].map(([name, label]) => h("th", { scope: "col", class: `column-${name}` }, label));
  const numbers = new Map([...sources.keys()].map((id, at) => [id, at + 1]));
  return h(
    "div",
    { class: "table-frame", tabindex: "0", role: "region", "aria-label": "比较的表" },
    h(
      "table",
      { class: "compared" },
      h("caption", {}, nameOf(asked), h("span", { class: "counted" }, `${rows.length} 篇案例`)),
      h("thead", {}, h("tr", {}, heads)),
      h("tbody", {}, rows.map((row) => line(row, columns, known, numbers))),
    ),
  );
}

function line(row, columns, known, numbers) {
  const shown = { figures: (each) => figure(each, numbers), time: (words) => words };
  const items = (name) => [row[name]].flat().filter(Boolean).map(shown[name] ?? ((each) => sentence(each, numbers)));
  const cells = row.note
    ? h("td", { class: "silent", colspan: columns.length }, row.note)
    : columns.map(([name, label]) => cell(label, items(name)));
  const openOnEnter = (event) => {
    if (event.key === "Enter" && event.target === event.currentTarget) event.currentTarget.querySelector("td a")?.click();
  };
  return h("tr", { tabindex: "-1", "data-item": true, onkeydown: openOnEnter }, head(row, known), cells);
}

function head(row, known) {
  const { case_number: number, title } = row.case;
  const label = [number !== null && `第${number}篇`, placeOf(row.case)].filter(Boolean);
  return h("th", { scope: "row" }, label.map((each) => h("span", { class: "row-label" }, each)), titleOf(row, known));
}

/** The title opens the case beside the table: at what first answers, else at its beginning. */
function titleOf(row, known) {
  const { case_number: number, title } = row.case;
  const [first] = statements(row);
  if (first) return opening(first, { class: "row-title" }, title);
  const { document_id: document } = row;
  const at = known.find((each) => each.document_id === document && each.case_number === number && each.title === title)?.start;
  if (at === undefined) return title;
  const beside = async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { start, end } = (await caseAt(document, at)).sections[0].paragraphs[0];
    go(changed({ open: `${document}:${start}-${end}`, at: null }));
  };
  const onclick = (event) => beside(event).catch((error) => tell(error.message));
  return link(address("/read", { document, at }), { class: "row-title", onclick }, title);
}

function cell(label, items) {
  if (!items.length) return h("td", { class: "empty" }, "—");
  return h("td", { "data-label": label }, h("ul", {}, items.map((each) => h("li", {}, each))));
}

function evidence(each, numbers, kind, ...children) {
  const n = h("span", { class: "reference" }, `[${numbers.get(each.passage_id)}]`);
  return opening(each, { class: kind, title: each.citation }, children, n);
}

function opening({ passage_id, start, end }, attributes, ...children) {
  const to = stateLink({ open: passage_id, at: `${start}-${end}` }, attributes, children);
  // The reader takes room from the table, which is laid out anew.
  to.addEventListener("click", () => requestAnimationFrame(() => to.scrollIntoView({ block: "nearest" })));
  return to;
}

function sentence(each, numbers) {
  return evidence(each, numbers, "evidence", h("bdi", {}, each.text));
}

function figure(each, numbers) {
  const unit = each.text.endsWith(each.unit) ? each.unit : "";
  const value = each.text.slice(0, each.text.length - unit.length);
  const count = h("span", { class: "figure-value" }, value, h("small", {}, unit));
  const of = [each.indicator, each.comparison].filter(Boolean).join(" ");
  return evidence(each, numbers, "evidence-figure", count, h("span", { class: "figure-of" }, of));
}

function citations(sources) {
  if (!sources.size) return null;
  const entry = ([id, citation], at) => h("li", {}, `[${at + 1}] `, stateLink({ open: id, at: null }, {}, citation));
  return h("section", { class: "sources" }, h("h2", {}, "引文"), h("ol", {}, [...sources].map(entry)));
}

// What is taken along.

function actions(reply, request, asked) {
  const file = (format) => fetchFile(`/compare?format=${format}`, request);
  const save = async (format, suffix) => download(await file(format), `案问比较：${nameOf(asked)}.${suffix}`);
  const markdown = async () => copy(await (await file("markdown")).text(), "表格（Markdown）");
  const told = (act) => () => act().catch((error) => tell(error.message));
  const quiet = { class: "button button-quiet" };
  return h(
    "div",
    { class: "actions" },
    button("导出 CSV", told(() => save("csv", "csv")), quiet),
    button("导出 Word", told(() => save("docx", "docx")), quiet),
    button("复制 Markdown", told(markdown), quiet),
    asked.question && link(address("/", { q: asked.question }), quiet, "回到提问"),
  );
}

function download(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name.replace(/[\\/:*?"<>|\p{C}]+/gu, " ").trim() }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
