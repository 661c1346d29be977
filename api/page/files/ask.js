// Asking: the field, the questions asked so far with their answers, and the passages these rest on.

import { answerBlock, waysOn, written } from "./answer.js";
import { chips, KINDS } from "./chips.js";
import { announce, fill, h, link, trouble } from "./dom.js";
import { feedback } from "./feedback.js";
import { events } from "./http.js";
import { passageItem } from "./passage.js";
import { markPassages } from "./reader.js";
import { address, go } from "./route.js";
import { testQuestion } from "./testquestion.js";
import { why } from "./why.js";

/** What bounds a question, by its name in the address: as the API names it. */
const FILTERS = { city: "city", county: "county", case: "case_number", document: "document_id", section: "headings", aspect: "aspect" };
const COUNT = 5;
const SHOWN_AT_FIRST = 3;

/** The turns shown last: a new one is brought to the top, a changed one stays where it is. */
let shown = [];

/** The turns that were answered, by what was asked: going back shows them as they were. */
const turns = new Map();

/** The view: the start without a question, else the conversation that the address holds. */
export async function ask(main, { params, about }) {
  const questions = params.getAll("q").filter((question) => question.trim());
  document.title = questions.length ? `${questions.at(-1)} · 案问` : "案问";
  if (!questions.length) return start(main, params, about);
  const asked = questions.map((_, at) => turn(requestOf(questions, at, params), about));
  const last = asked.at(-1);
  fill(
    main,
    h(
      "div",
      { class: "column" },
      h("h1", { class: "unseen" }, "问答"),
      asked.map((each) => each.node),
      field({ params, questions, label: "接着问", hint: "接着问，例如：那孟津呢？", isFollowing: true }),
    ),
  );
  for (const each of asked) fold(each.node, each !== last);
  if (asked.length > 1 && asked.length !== shown.length) last.node.scrollIntoView({ block: "start" });
  shown = asked;
  await Promise.all(asked.map((each) => each.done));
  // Whoever has gone on to something else has other turns, and other passages marked.
  if (shown !== asked || !last.node.isConnected) return;
  for (const each of asked) fold(each.node, each !== last);
  markPassages(asked.flatMap((each) => (each.reply ? toBeMarked(each.reply) : [])));
}

/** Fold up what an answer rests on once another question was asked; unfold it when that one is taken back. */
function fold(node, isPast) {
  node.classList.toggle("past", isPast);
  const lists = node.querySelectorAll(".cited");
  if (!lists.length || node.dataset.past === String(isPast)) return;
  node.dataset.past = isPast;
  for (const each of lists) each.open = !isPast;
}

/** The passages of a reply; in those that the answer cites, its own sentences are marked. */
function toBeMarked({ answer, passages }) {
  return passages.map((passage) => ({
    ...passage,
    highlights: answer.sentences.filter((sentence) => sentence.passage_id === passage.id),
  }));
}

async function start(main, params, about) {
  const examples = h("ul", { class: "examples", "aria-label": "可以这样问" });
  const size = h("p", { class: "size" });
  const asking = field({ params, questions: [], label: "问题", hint: "例如：扶沟是怎么保障土地的？", isFollowing: false });
  fill(
    main,
    h(
      "div",
      { class: "start" },
      h("h1", {}, "问一问，看原文怎么说"),
      h("p", { class: "lead" }, "向案例汇编提问。答案逐字摘自原文，注明哪一篇、哪一节、第几段；没有写到的，直说没有。"),
      asking,
      scopeChips(params),
      examples,
      size,
    ),
  );
  shown = [];
  markPassages([]);
  if (matchMedia("(hover: hover)").matches) asking.querySelector("[data-ask]").focus();
  const told = await about;
  // The examples speak of the whole compilation.
  const isBounded = Object.values(scope(params)).some(Boolean);
  fill(examples, (isBounded ? [] : told.examples).map((each) => h("li", {}, link(address("/", { q: each }), { class: "example" }, each))));
  asking.querySelector("[data-ask]").placeholder = told.examples.length && !isBounded ? `例如：${told.examples[0]}` : "想问什么？";
  fill(size, `收有 ${told.case_count} 篇案例，${told.passage_count} 个段落。不联网，问题不出这台服务器。`);
}

function scope(params) {
  return Object.fromEntries(Object.entries(FILTERS).map(([name, filter]) => [filter, params.get(name)]));
}

function scopeChips(params) {
  return h("div", { class: "chips" }, chips(null, params));
}

function requestOf(questions, at, params) {
  const filters = Object.fromEntries(Object.entries(scope(params)).filter(([, value]) => value));
  const ignored = Object.keys(KINDS).filter((kind) => params.getAll("ignore").includes(`${at + 1}.${kind}`));
  return {
    question: questions[at],
    messages: questions.slice(0, at).map((content) => ({ role: "user", content })),
    filters: Object.keys(filters).length ? filters : null,
    ignore: ignored,
    top_k: COUNT,
    explain: true,
    stream: true,
  };
}

function field({ params, questions, label, hint, isFollowing }) {
  const input = h("input", {
    type: "text",
    name: "q",
    "data-ask": true,
    "aria-label": label,
    placeholder: hint,
    maxlength: 1000,
    autocomplete: "off",
    enterkeyhint: "search",
  });
  const submit = (event) => {
    event.preventDefault();
    const question = input.value.trim();
    if (!question) return input.focus();
    input.value = "";
    go(address("/", { ...scope(params), q: [...questions, question], ignore: params.getAll("ignore") }));
  };
  return h(
    "form",
    { class: isFollowing ? "field field-following" : "field", role: "search", action: "/", onsubmit: submit },
    input,
    h("button", { type: "submit", class: "button button-main" }, isFollowing ? "接着问" : "提问"),
    isFollowing && link(address("/", scope(params)), { class: "button button-quiet" }, "新问题"),
  );
}

/** The turn for a request, asked at once where it was not before: its node, and when it is answered its reply. */
function turn(request, about) {
  const key = JSON.stringify(request);
  if (!turns.has(key)) {
    const body = h("div", { class: "turn-body" });
    const question = h("h2", { class: "question", tabindex: "-1" }, request.question);
    const made = { node: h("article", { class: "turn", "aria-label": request.question }, question, body), reply: null };
    const load = async () => {
      fill(body, waiting());
      try {
        made.reply = await answered(request, body);
        fill(body, turnBody(request, made.reply));
        announce(made.reply.answer.text);
      } catch (error) {
        turns.delete(key);
        return fill(body, trouble(error, load));
      }
      // What the server says of itself may come later than the answer, which does not wait for it.
      const { feedback: isTaken, examples } = await about.catch(() => ({ examples: [] }));
      body.querySelector(".answer-silent")?.append(...waysOn(made.reply, request, examples).filter(Boolean));
      if (!isTaken) return;
      body.querySelector(".answer").after(feedback(request, made.reply));
      body.querySelector(".why")?.append(testQuestion(request, made.reply));
    };
    made.done = load();
    turns.set(key, made);
  }
  return turns.get(key);
}

function waiting() {
  return h("p", { class: "waiting", role: "status" }, "正在查找……");
}

/** Ask, showing sentences as a language model writes them; return the whole reply. Throws Fault. */
async function answered(request, body) {
  let found = null;
  let text = "";
  for await (const { name, data } of events("/ask", request)) {
    if (name === "answer") return data;
    if (name === "passages") found = data;
    if (name === "sentence") {
      text += data.text;
      fill(body, h("section", { class: "answer", "aria-busy": "true" }, written(text, found)), waiting());
    }
  }
  throw new Error("答案没有说完就断了，请再试一次。");
}

function turnBody(request, reply) {
  const { answer, passages, interpretation } = reply;
  const first = new Set(answer.abstained ? answer.nearest_ranks : answer.cited_ranks);
  const rest = passages.filter((passage) => !first.has(passage.rank));
  const turnNumber = request.messages.length + 1;
  // Where the answer says why there is none, it is not said twice.
  const understood = { ...interpretation, note: interpretation.note === answer.text ? "" : interpretation.note };
  return [
    h("div", { class: "chips" }, chips(understood, new URLSearchParams(request.filters ?? {}), turnNumber)),
    answerBlock(reply),
    list(answer.abstained ? "也许值得一看（不是答案）" : "依据的段落", passages.filter((passage) => first.has(passage.rank)), answer),
    more(rest, first.size < SHOWN_AT_FIRST && !answer.abstained),
    why(request, reply),
    h("p", { class: "on-paper" }, `${location.origin}${decodeURIComponent(address("/", { q: request.question }))} · ${new Date().toLocaleDateString("zh-CN")}`),
    h("p", { class: "took" }, `${passages.length} 个段落，用时 ${Math.round(reply.took_ms)} 毫秒`),
  ];
}

function list(name, passages, answer) {
  if (!passages.length) return null;
  const items = passages.map((passage) => passageItem(passage, answer.sentences.filter(({ passage_id: id }) => id === passage.id)));
  return h(
    "details",
    { class: answer.abstained ? "passages cited near" : "passages cited", open: true },
    h("summary", {}, h("h3", {}, name), `（${passages.length}）`),
    h("ol", {}, items),
  );
}

function more(passages, isOpen) {
  if (!passages.length) return null;
  return h(
    "details",
    { class: "passages more", open: isOpen },
    h("summary", {}, h("h3", {}, "其他相关的段落"), `（${passages.length}）`),
    h("ol", {}, passages.map((passage) => passageItem(passage, []))),
  );
}
