// The answer to a question: its figures, its sentences with their [n], or why there is none.

import { copy } from "./citing.js";
import { button, h, link, number } from "./dom.js";
import { address, stateLink } from "./route.js";
import { marked } from "./text.js";

const MOST_FIGURES = 6;
const MOST_UNASKED = 4;
const LONG = 120;
/** Says how many, or how long, but nothing that is worth large figures: 一个专班, 四年. */
const IDLE = /^[一两](?![\d.%])|^[一二三四五六七八九十两]+(?:年|个|名|次|种|类)$/;

/** The answer of a reply, in place. */
export function answerBlock(reply) {
  const { answer } = reply;
  return answer.abstained ? silence(answer) : told(reply);
}

function silence(answer) {
  return h("section", { class: "answer answer-silent", "aria-label": "答案" }, h("h3", {}, answer.text));
}

/** Ways on from a silence: without what bounds the question, or with another one. */
export function waysOn({ answer, interpretation }, { filters, messages }, examples) {
  const turn = messages.length + 1;
  const isBounded = interpretation.places.length && answer.reason !== "place_unknown";
  const ways = [
    filters && stateLink(Object.fromEntries(Object.keys(filters).map((name) => [name, null])), { class: "button" }, "去掉筛选再问"),
    isBounded && stateLink((params) => ({ ignore: [...params.getAll("ignore"), `${turn}.place`] }), { class: "button" }, "不限地点再问"),
    link("/browse", { class: "button" }, "看看目录"),
  ];
  const others = examples.slice(0, 3).map((each) => h("li", {}, link(address("/", { q: each }), { class: "example" }, each)));
  return [h("div", { class: "ways" }, ways), others.length ? h("ul", { class: "examples", "aria-label": "可以这样问" }, others) : null];
}

function told(reply) {
  const { answer } = reply;
  const isComposed = answer.composer?.used;
  return h(
    "section",
    { class: "answer", "aria-label": "答案" },
    figures(reply),
    answer.case_count && h("p", { class: "counted" }, `写到的有 ${answer.case_count} 篇：`),
    isComposed ? written(answer.text, reply) : extracted(reply),
    answer.remark && h("p", { class: "remark" }, answer.remark),
    composer(answer.composer),
    h(
      "div",
      { class: "actions" },
      button("复制答案和引文", () => copy(withCitations(reply), "答案和引文"), { class: "button button-quiet" }),
      sideBySide(reply),
    ),
  );
}

/** The way to the same question as a table, where several places answer or are asked about. */
function sideBySide({ answer, interpretation }) {
  const places = interpretation.places.filter((place) => place.in_corpus).map((place) => place.mention);
  if (!answer.case_count && places.length < 2) return null;
  return link(address("/compare", { q: interpretation.question, place: answer.case_count ? [] : places }), { class: "button button-quiet" }, "列成表比较");
}

function figures({ answer, interpretation, passages }) {
  const isAsked = interpretation.asks_figure;
  // Across places what is counted differs from one to the next; there the figures stand in their sentences.
  if (answer.case_count && !isAsked) return null;
  const telling = answer.figures.filter((figure) => isAsked || !IDLE.test(figure.text));
  const shown = telling.slice(0, isAsked ? MOST_FIGURES : MOST_UNASKED);
  if (!shown.length) return null;
  return h(
    "ul",
    { class: isAsked ? "figures figures-asked" : "figures", "aria-label": "数据" },
    shown.map((figure) =>
      h(
        "li",
        {},
        stateLink(
          { open: passages[figure.rank - 1].id, at: `${figure.start}-${figure.end}` },
          { class: "figure", title: `出处 [${figure.rank}]` },
          h("span", { class: "figure-value" }, value(figure), h("small", {}, unit(figure))),
          h("span", { class: "figure-of" }, [answer.case_count && figure.place, figure.indicator, figure.comparison].filter(Boolean).join(" ")),
        ),
      ),
    ),
  );
}

function unit(figure) {
  return figure.text.endsWith(figure.unit) ? figure.unit : "";
}

function value(figure) {
  return figure.text.slice(0, figure.text.length - unit(figure).length) || number(figure.value);
}

function extracted(reply) {
  const { answer } = reply;
  const sentences = answer.sentences.map((sentence) => {
    const figures = answer.figures.map(({ start, end }) => ({ start, end, kind: "number" }));
    // Each by itself: a mark of direction in one does not turn its [n], or the next one, round.
    const words = h("bdi", {}, marked(sentence.text, sentence.start, figures));
    return [sentence.naming && h("strong", { class: "naming" }, sentence.naming), words, reference(sentence.rank, reply, sentence)];
  });
  const isOfSeveral = answer.case_count || answer.sentences.some((sentence) => sentence.naming);
  const isLong = answer.sentences.reduce((sum, sentence) => sum + sentence.text.length, 0) > LONG;
  if (!isOfSeveral) return h("div", { class: "said-text" }, isLong ? sentences.map((each) => h("p", {}, each)) : h("p", {}, sentences));
  return h("ul", { class: "said-list" }, sentences.map((sentence) => h("li", {}, sentence)));
}

/** A text that a language model wrote, its [n] made into links. */
export function written(text, reply) {
  return h("p", { class: "said-text" }, text.split(/(\[\d+\])/).map((part) => (/^\[\d+\]$/.test(part) ? reference(Number(part.slice(1, -1)), reply) : h("bdi", {}, part))));
}

function reference(rank, { passages }, span = null) {
  const passage = passages[rank - 1];
  if (!passage) return `[${rank}]`;
  const to = { open: passage.id, at: span && `${span.start}-${span.end}` };
  return stateLink(to, { class: "reference", "aria-label": `依据 ${rank}：${passage.citation}`, title: passage.citation }, `[${rank}]`);
}

function composer(told) {
  if (!told) return null;
  if (!told.used) return h("p", { class: "remark" }, told.message);
  const dropped = told.dropped.length;
  return h(
    "p",
    { class: "remark" },
    `由 ${told.model} 组织，每句都已到原文核对`,
    dropped ? `；去掉了 ${dropped} 句核对不上的。` : "。",
  );
}

function withCitations({ answer, passages }) {
  const cited = answer.cited_ranks.map((rank) => `[${rank}] ${passages[rank - 1].citation}`);
  return [answer.text, answer.remark, "", ...cited].filter((line, at) => line || at === 2).join("\n");
}
