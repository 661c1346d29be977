// For evaluators: how the question was cut into words, and what each passage scored by each piece of evidence.

import { h } from "./dom.js";
import { standing } from "./passage.js";
import { changed, here, onChange, stateLink } from "./route.js";

const LEGS = {
  lexical: ["词", "段落里有问题的词，占几成；越少见的词越重"],
  case: ["全篇", "整篇案例里有问题的词，占几成"],
  characters: ["单字", "段落里有问题的单字，占几成"],
  dense: ["段意", "与段落连同标题的意思有多近（余弦）"],
  clause: ["句意", "与意思最近的一个分句有多近（余弦）"],
  centred: ["远义", "字面上对不上时，去掉共同的意思之后还有多近"],
};
const FOUND_BY = { lexical: "词", dense: "向量" };

const panels = [];

/** The panel of a turn, opened by ?why=<turn>; nothing where the reply was not asked to explain itself. */
export function why(request, reply) {
  if (!reply.trace) return null;
  const turn = String(request.messages.length + 1);
  const { answer, index } = reply;
  const panel = h(
    "details",
    { class: "why", "data-turn": turn },
    h("summary", {}, "为什么是这个结果？"),
    h("h3", {}, "问题切成的词"),
    tokens(reply.trace.tokens),
    h("h3", {}, "段落的得分"),
    reply.trace.hits.length ? scores(reply) : h("p", {}, "没有段落可比。"),
    h("p", { class: "why-note" }, `答得上的把握 ${percent(answer.confidence)}，不到一半就不答。`),
    h("p", { class: "why-note" }, `索引 ${index.generation}，指纹 ${index.fingerprint}。`),
  );
  panel.open = isTold(panel);
  panel.addEventListener("toggle", () => {
    // Not a way to go back, and nothing else on the page follows from it.
    if (!panel.isConnected || panel.open === isTold(panel)) return;
    history.replaceState(null, "", changed({ why: panel.open ? turn : null }));
  });
  panels.push(panel);
  return panel;
}

onChange(() => panels.forEach((panel) => (panel.open = isTold(panel))));

function isTold(panel) {
  return here().params.get("why") === panel.dataset.turn;
}

function tokens(found) {
  const times = new Map();
  for (const token of found) times.set(token, (times.get(token) ?? 0) + 1);
  const all = [...times];
  const item = ([token, count]) => h("li", {}, token.replace(/^_/, ""), count > 1 && h("small", {}, ` ×${count}`));
  const entries = (name, some) => h("dd", {}, h("ul", { "aria-label": name }, some.map(item)));
  const list = (name, some) => some.length > 0 && [h("dt", {}, name), entries(name, some)];
  const words = all.filter(([token]) => !token.startsWith("_"));
  const pairs = all.filter(([token]) => token.startsWith("_"));
  return [
    h("dl", { class: "tokens" }, list("词和数", words), list("相邻的两字", pairs)),
    all.some(([, count]) => count > 1) && h("p", { class: "why-note" }, "×3 是算了三遍：引号里的话、专有名词。"),
  ];
}

function scores({ trace, passages }) {
  const whole = Object.values(trace.weights).reduce((one, other) => one + other);
  const legs = Object.entries(LEGS).map(([leg, [name, means]]) => ({ leg, name, means, share: trace.weights[leg] / whole }));
  const isReranked = trace.hits.some((hit, at) => Math.abs(sum(hit, legs) - passages[at].score) > 1e-4);
  const column = (...name) => h("th", { scope: "col" }, name);
  const each = legs.map(({ name, share }) => column(name, h("small", {}, `占 ${percent(share)}`)));
  const head = h("tr", {}, column("段落"), column("总分"), each, column("怎么找到的"));
  const rows = trace.hits.map((hit, at) => row(hit, passages[at], legs));
  const caption = h("caption", {}, "每格上面是加进总分的，下面是本来的得分");
  const table = h("table", { class: "scores" }, caption, h("thead", {}, head), h("tbody", {}, rows));
  return [
    h("div", { class: "scores-scroll", tabindex: "0", role: "region", "aria-label": "段落的得分" }, table),
    isReranked && h("p", { class: "why-note" }, "总分是重排模型另给的，不是各项之和。"),
    h("dl", { class: "legs" }, legs.map(({ name, means }) => [h("dt", {}, name), h("dd", {}, means)])),
  ];
}

function row(hit, passage, legs) {
  const foundBy = [...hit.legs.map((leg) => FOUND_BY[leg] ?? leg), hit.place && "所问的案例"].filter(Boolean);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, `[${hit.rank}] `, stateLink({ open: passage.id, at: null }, {}, standing(passage))),
    h("td", { class: "total" }, passage.score.toFixed(3)),
    legs.map(({ leg, share }) => h("td", {}, (hit[leg] * share).toFixed(3), h("small", {}, hit[leg].toFixed(3)))),
    h("td", {}, foundBy.join("、")),
  );
}

function sum(hit, legs) {
  return legs.reduce((total, { leg, share }) => total + hit[leg] * share, 0);
}

function percent(share) {
  return `${Math.round(share * 100)}%`;
}
