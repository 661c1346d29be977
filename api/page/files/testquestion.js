// From a question to a test: which sentences answer it, or that nothing does; kept for `anwen eval`.

import { copy } from "./citing.js";
import { button, fill, h, tell } from "./dom.js";
import { fetchFile, post } from "./http.js";
import { about } from "./about.js";
import { standing } from "./passage.js";
import { length } from "./text.js";

const SENTENCE = /[^。！？；]*[。！？；]*["”’」』）)]*/g;
const REASONS = {
  not_covered: "汇编没有写到",
  place_unknown: "汇编没有这个地方",
  case_unknown: "汇编没有这一篇",
  year_unknown: "汇编没有写这一年",
  off_topic: "不是汇编该答的",
};
const QUIET = { class: "button button-quiet" };

/** The way to make a test question of a turn; who may see what was kept can take all of it along. */
export function testQuestion(request, reply) {
  const place = h("div", { class: "test-question" });
  const begin = () => {
    fill(place, form(request, reply, place, close));
    place.querySelector("select").focus();
  };
  const close = () => {
    fill(place, actions());
    place.querySelector("button").focus();
  };
  const actions = () => h("div", { class: "actions" }, button("做成一道试题", begin), exporting());
  return fill(place, actions());
}

/** The button that takes all test questions and feedback along, where one may. */
function exporting() {
  const save = () => fetchFile("/feedback/topics").then(download, (error) => tell(error.message));
  const taking = button("导出反馈为评测题目", save, { ...QUIET, hidden: true });
  about.then(({ imports }) => (taking.hidden = imports === "closed"), () => {});
  return taking;
}

function download(blob) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: "anwen-topics.jsonl" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The form; what the answer says, or why it is silent, is chosen to begin with. */
function form(request, reply, place, close) {
  const { question, messages, filters, ignore } = request;
  const { sentences, abstained, reason } = reply.answer;
  const pieces = reply.passages.flatMap((passage) => sentencesOf(passage).map((piece) => ({ ...piece, passage })));
  const heading = (passage) => h("p", { class: "test-of" }, `[${passage.rank}] ${standing(passage)}`);
  const boxes = pieces.map((piece) => h("input", { type: "checkbox", checked: sentences.some((each) => isOver(each, piece)) }));
  const answers = h("textarea", { rows: 2, placeholder: "每行一个，照抄所选句子里的字，如：2458.96亩" });
  const why = h(
    "select",
    { onchange: () => (evidence.hidden = Boolean(why.value)) },
    pieces.length > 0 && h("option", { value: "" }, "汇编答得上"),
    Object.entries(REASONS).map(([value, name]) => h("option", { value }, `答不上：${name}`)),
  );
  const sentence = ({ text, passage }, at) => [
    passage !== pieces[at - 1]?.passage && heading(passage),
    h("label", { class: "test-sentence" }, boxes[at], h("span", {}, text)),
  ];
  const choices = h("fieldset", {}, h("legend", {}, "哪些句子答出了它"), pieces.map(sentence));
  const evidence = h("div", { class: "test-evidence" }, choices, h("label", {}, "标准答案（可不填）", answers));
  if (abstained || !pieces.length) why.value = reason in REASONS ? reason : "not_covered";
  evidence.hidden = Boolean(why.value);
  const wrong = h("p", { class: "test-wrong", role: "alert" });
  const submit = h("button", { type: "submit", class: "button button-main" }, "记下试题");
  const keep = async (event) => {
    event.preventDefault();
    const chosen = why.value ? [] : pieces.filter((_, at) => boxes[at].checked);
    if (!why.value && !chosen.length) return fill(wrong, "请勾选答出问题的句子；一句也没有，就在上面选为什么答不上。");
    const body = {
      question,
      messages,
      evidence: chosen.map(({ document_id, start, end }) => ({ document_id, start, end })),
      answers: why.value ? [] : answers.value.split("\n").map((line) => line.trim()).filter(Boolean),
      why: why.value || null,
    };
    try {
      fill(place, kept(await post("/feedback/topics", body), close));
      place.querySelector("button").focus();
    } catch (error) {
      fill(wrong, error.message);
    }
  };
  return h(
    "form",
    { onsubmit: keep, "aria-label": "做成一道试题" },
    h("label", {}, "这个问题", why),
    (filters || ignore.length > 0) && h("p", { class: "why-note" }, "试题只有问题本身：筛选和去掉的条件不在其中。"),
    evidence,
    wrong,
    h("div", { class: "actions" }, submit, button("不做了", close, QUIET)),
  );
}

function kept({ id, line }, close) {
  return [
    h("p", { role: "status" }, `已记下试题 ${id}。`),
    h("pre", { tabindex: "0", role: "region", "aria-label": "试题" }, line),
    h("div", { class: "actions" }, button("复制这一行", () => copy(line, "试题")), button("好", close, QUIET)),
  ];
}

/** The sentences of a passage without the white space around them, with their spans in its document. */
function sentencesOf({ text, start, document_id }) {
  let at = start;
  const found = [];
  for (const [piece] of text.matchAll(SENTENCE)) {
    const words = piece.trim();
    const first = at + length(piece) - length(piece.trimStart());
    if (words) found.push({ text: words, document_id, start: first, end: first + length(words) });
    at += length(piece);
  }
  return found;
}

function isOver(one, other) {
  return one.document_id === other.document_id && one.start < other.end && one.end > other.start;
}
