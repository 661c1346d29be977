// The reader beside an answer: the case that a citation leads to, with what was found marked in it.

import { bring, caseAt, caseBody, caseHead, outline, spanOf } from "./caseview.js";
import { citeActions } from "./citing.js";
import { button, fill, h, link, trouble } from "./dom.js";
import { Fault, get } from "./http.js";
import { pageButton } from "./original.js";
import { address, changed, go } from "./route.js";
import { slice } from "./text.js";

const pane = document.getElementById("reader");
let marks = [];
let opened = null;
let opener = null;

/** Say what is marked in whatever case is opened: the passages ({ document_id, start, end, highlights }) of the answers shown. */
export function markPassages(passages) {
  marks = passages.flatMap((passage) => [
    { document: passage.document_id, start: passage.start, end: passage.end, kind: "found" },
    ...passage.highlights.map((span) => ({ document: passage.document_id, ...span, kind: "said" })),
  ]);
  if (opened?.found) draw();
}

/** Show the passage that the address names, or nothing. `at` is the span of a sentence in it: 120-150. */
export async function follow(id, at) {
  if (opened?.id === id && opened?.at === at) return;
  if (!id) return hide();
  opener = pane.contains(document.activeElement) ? opener : document.activeElement;
  await open(id, at);
}

/** Close the reader; tell whether it was open. */
export function closeReader() {
  if (!opened) return false;
  go(changed({ open: null, at: null }));
  return true;
}

function hide() {
  if (!opened) return;
  opened = null;
  pane.hidden = true;
  fill(pane);
  document.body.classList.remove("reading");
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

async function open(id, at) {
  opened = { id, at };
  const mine = opened;
  pane.hidden = false;
  document.body.classList.add("reading");
  try {
    const span = spanOf(id);
    if (!span) throw new Fault("not_found", "段落编号应为“文档编号:起点-终点”。");
    const [passage, found] = await Promise.all([get(`/passages/${encodeURIComponent(id)}`), caseAt(span.document, span.start)]);
    if (opened !== mine) return;
    Object.assign(mine, { span, passage, found });
    point(draw());
  } catch (error) {
    if (opened === mine) fill(pane, bar(mine), trouble(error, () => open(id, at)));
  }
}

/** Show what is opened, with what is marked now; where one had got to in it stays. Returns the body of the case. */
function draw() {
  const { at, span, passage, found } = opened;
  const from = pane.querySelector(".case")?.scrollTop ?? 0;
  const sentence = sentenceOf(at);
  const spans = marks.filter((mark) => mark.document === span.document);
  if (sentence) spans.push({ ...sentence, kind: "asked" });
  else if (!spans.some((mark) => mark.start === span.start)) spans.push({ ...span, kind: "asked" });
  const body = caseBody(found, spans, span);
  const quote = sentence ? slice(passage.text, sentence.start - passage.start, sentence.end - passage.start) : passage.text;
  const text = h(
    "article",
    { class: "case", tabindex: "0", "aria-label": found.title },
    caseHead(found),
    outline(found, body, spans),
    body,
  );
  const actions = h("div", { class: "actions" }, citeActions(passage, quote), pageButton(found, passage.page));
  fill(pane, bar(opened), h("div", { class: "reader-cite" }, h("p", { class: "citation" }, passage.citation), actions), text);
  text.scrollTop = from;
  return body;
}

function bar({ id, at }) {
  const close = button("关闭", closeReader, { class: "button button-quiet", title: "Esc" });
  const whole = link(address(`/passages/${encodeURIComponent(id)}`, { at }), { class: "button button-quiet" }, "整页阅读");
  return h("div", { class: "reader-bar" }, h("strong", {}, "原文"), whole, close);
}

/** Bring the paragraph that is pointed out into sight. */
export function point(body) {
  const target = body.querySelector(".target");
  const mark = target?.querySelector("mark.asked") ?? target?.querySelector("mark.said") ?? target;
  if (mark) bring(mark, "center");
  target?.focus({ preventScroll: true });
}

/** The span that the parameter `at` names: 120-150; null where it names none. */
export function sentenceOf(at) {
  const parts = /^(\d+)-(\d+)$/.exec(at ?? "");
  return parts && { start: Number(parts[1]), end: Number(parts[2]) };
}
