// One import: how far it is, what was understood of the files with the unsure lines in place, and the way back.

import { forgetCases } from "./caseview.js";
import { button, fill, h, link, number, tell, trouble } from "./dom.js";
import { get, send } from "./http.js";
import { address, go } from "./route.js";
import { length, marked, slice } from "./text.js";

/** What an import is called while it is at something, and at its end. */
export const STATES = {
  queued: "排队",
  reading: "正在读文件",
  waiting: "等待",
  embedding: "正在理解新段落",
  done: "完成",
  failed: "失败",
};
/** What an import does. */
export const KINDS = { add: "导入", remove: "移走文档", undo: "撤销导入" };

const STAGES = { queued: "：前面的导入做完就轮到这一次", waiting: "：别的程序正在改动索引，等它做完" };
const ACTIONS = { added: "新增", updated: "更新", unchanged: "没有变化" };
/** What an import did to a document; by an undo it did so otherwise. */
const namesOf = (kind) => (kind === "undo" ? { ...ACTIONS, added: "放回", updated: "恢复原样" } : ACTIONS);
const MOST = 20;
const OPENED = 3;
const NEAR = 2;
const LONGEST = 200;
const FIRST_PAUSE = 500;
const LAST_PAUSE = 5000;

/** Show an import in `place` until it is at its end. Throws Fault. */
export async function showImport(place, id) {
  const record = await get(`/imports/${encodeURIComponent(id)}`);
  if (isEnded(record)) return showEnd(place, record);
  const progress = progressBlock(record);
  fill(place, head(record), progress.block);
  follow(place, record, progress);
}

function isEnded({ status }) {
  return status === "done" || status === "failed";
}

async function follow(place, record, progress) {
  let pause = FIRST_PAUSE;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (document.hidden) await new Promise((resolve) => addEventListener("visibilitychange", resolve, { once: true }));
    // Whoever left the view does not want to know.
    if (!progress.block.isConnected) return;
    pause = Math.min(LAST_PAUSE, pause * 1.2);
    try {
      const newer = await get(`/imports/${record.id}`);
      if (isEnded(newer)) return await showEnd(place, newer);
      progress.update(newer);
    } catch (error) {
      progress.miss(error);
      if (error.status === 404) return;
    }
  }
}

function progressBlock(record) {
  const state = h("p", { role: "status" });
  const bar = h("progress", { "aria-label": "导入的进度" });
  const pace = h("p", { class: "waiting" });
  const update = ({ status, progress }) => {
    const told = STATES[status] + (STAGES[status] ?? "");
    // Read aloud when it changes, and only then.
    if (state.textContent !== told) state.textContent = told;
    bar.max = progress?.total || 1;
    // Until something is done, the bar shows that something is being done.
    if (progress?.total && progress.done) bar.value = progress.done;
    else bar.removeAttribute("value");
    pace.textContent = progress ? paceOf(status, progress) : "";
  };
  update(record);
  const hint = h("p", { class: "waiting" }, "可以离开这一页，导入会自己做完。");
  const block = h("section", { class: "import-progress", "aria-label": "进度" }, state, bar, pace, hint);
  return { block, update, miss: (error) => (pace.textContent = error.message) };
}

/** What the model reads are not the passages that people count: of these a share is told. */
function paceOf(status, { done, total, seconds_left }) {
  const share = status === "embedding" && total ? `${Math.floor((100 * done) / total)}%` : null;
  const count = share ?? (done > 0 && `已读 ${number(done)} ${total ? `/ ${number(total)} ` : ""}份`);
  return [count, seconds_left !== null && `大约还要 ${duration(seconds_left)}`].filter(Boolean).join("，");
}

function duration(seconds) {
  return seconds < 90 ? `${Math.ceil(seconds)} 秒` : `${Math.ceil(seconds / 60)} 分钟`;
}

async function showEnd(place, record) {
  const { kind, status, report, error, undoes, undone_by } = record;
  // The compilation is another one now.
  forgetCases();
  const standing = report?.documents.length ? (await get("/documents")).documents.map((each) => each.id) : [];
  if (place.isConnected) tell(`${KINDS[kind]}：${STATES[status]}`);
  fill(
    place,
    head(record),
    error && h("p", { class: "notice notice-bad", role: "alert" }, `没有成功，汇编没有改动。${error.message}`),
    undone_by && h("p", { class: "notice" }, link(address("/import", { id: undone_by }), {}, "撤销这次导入的进度和结果")),
    undoes && h("p", { class: "notice" }, link(address("/import", { id: undoes }), {}, "被撤销的那次导入")),
    report && summary(report, kind),
    report && kind !== "undo" && !undone_by && undoButton(record),
    report && faults(report.faults),
    report && documents(report.documents, new Set(standing), namesOf(kind)),
    report && words(report),
  );
}

function head(record) {
  const { kind, names, created, status } = record;
  return h(
    "header",
    {},
    h("p", {}, link("/import", {}, "‹ 全部导入")),
    h("h1", { tabindex: "-1" }, KINDS[kind]),
    h("p", {}, shortNames(names)),
    h("p", { class: "waiting" }, localTime(created), " ", isEnded(record) && h("span", { class: `tag import-${status}` }, STATES[status])),
  );
}

/** Some names, each kept from turning the direction of what stands beside it. */
export function shortNames(names, most = 5) {
  const shown = names.slice(0, most).map((name, at) => [at > 0 && "、", h("bdi", {}, name)]);
  return [shown, names.length > most && ` 等 ${names.length} 个`];
}

/** A time as it is where the reader is. */
export function localTime(iso) {
  return h("time", { datetime: iso }, new Date(iso).toLocaleString("zh-CN", { dateStyle: "short", timeStyle: "short" }));
}

function counted({ documents, removed, faults }) {
  const of = (action) => documents.filter((each) => each.action === action).length;
  const [added, updated, unchanged] = Object.keys(ACTIONS).map(of);
  return { added, updated, unchanged, removed: removed.length, faults: faults.length };
}

/** What an undo did, in words. */
function undone({ documents, removed }) {
  const titles = (action) => documents.filter((each) => each.action === action).map((each) => each.title);
  const told = (names, words) => names.length > 0 && h("p", {}, `${words}：`, shortNames(names, MOST));
  return [
    told(removed, "那次导入新增的，已经移走"),
    told(titles("added"), "那次移走的，已经放回汇编"),
    told(titles("updated"), "那次更新的，已经变回原来的样子"),
  ];
}

function summary(report, kind) {
  const { added, updated, unchanged, removed, faults } = counted(report);
  const names = namesOf(kind);
  const unsure = report.documents.reduce((sum, each) => sum + each.unsure.length, 0);
  const count = (name, many, unit = "份") => many > 0 && h("li", {}, `${name} `, h("strong", {}, number(many)), ` ${unit}`);
  const counts = [
    count(names.added, added),
    count(names.updated, updated),
    count("没有变化", unchanged),
    count("移走", removed),
    count("拿不准", unsure, "行"),
    count("读不了", faults, "处"),
  ];
  return h(
    "section",
    { "aria-label": "结果" },
    h("ul", { class: "import-counts" }, counts),
    kind === "undo" ? undone(report) : removed > 0 && h("p", {}, "移走：", shortNames(report.removed, MOST)),
    h("p", { class: "waiting" }, `做完时汇编共 ${number(report.passage_count)} 段，用时 ${report.seconds} 秒。`),
  );
}

function undoButton({ id, report }) {
  const { added, updated, removed } = counted(report);
  const effects = [
    added && `新增的 ${added} 份文档会移走`,
    updated && `更新的 ${updated} 份会变回导入以前的样子`,
    removed && `移走的 ${removed} 份会放回来`,
  ].filter(Boolean);
  if (!effects.length) return null;
  const text = `${effects.join("，")}。撤销以后不能再撤销。`;
  const undo = () => send("POST", `/imports/${id}/undo`);
  return button("撤销这次导入", () => confirmed("撤销这次导入", text, "确定撤销", undo));
}

/** Ask whether something is meant; `act` then sends it, and the import that comes back is followed. */
export function confirmed(title, text, name, act) {
  const fault = h("p", { class: "import-fault", role: "alert" });
  const onclick = async () => {
    sure.disabled = true;
    try {
      const record = await act();
      dialog.close();
      go(address("/import", { id: record.id }));
    } catch (error) {
      fill(fault, error.message);
      sure.disabled = false;
    }
  };
  const sure = button(name, onclick, { class: "button button-main" });
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "confirm-title", onclose: () => dialog.remove() },
    h("h2", { id: "confirm-title" }, title),
    h("p", {}, text),
    fault,
    h("div", { class: "import-buttons" }, sure, button("取消", () => dialog.close(), { autofocus: true })),
  );
  document.body.append(dialog);
  dialog.showModal();
}

function faults(found) {
  if (!found.length) return null;
  const entry = ({ name, reason }) => h("li", { tabindex: "-1" }, h("bdi", {}, name), `：${reason}`);
  const list = listed(h("ul", {}), found.map(entry), "处");
  return h("section", { class: "notice notice-bad" }, h("h2", {}, "这些没有读进来"), list);
}

/** Put the first entries into a list, with a button for the others. */
export function listed(list, entries, unit, most = MOST) {
  const rest = entries.slice(most);
  list.append(...entries.slice(0, most));
  const more = button(`显示其余 ${rest.length} ${unit}`, () => {
    more.remove();
    list.append(...rest);
    rest[0].focus();
  });
  return [list, rest.length > 0 && more];
}

function documents(found, standing, actions) {
  const opened = new Set(found.filter((each) => each.unsure.length).slice(0, OPENED));
  const entries = found.map((each) => documentEntry(each, actions, standing.has(each.id), opened.has(each)));
  return entries.length > 0 && listed(h("div", { class: "import-documents" }), entries, "份");
}

/** Where the cases of a document are at a glance, or its only one is read: that is what its last character is in. */
export function outlineOf({ id, case_count: cases, character_count: characters }) {
  if (cases > 1) return address("/browse", { document: id });
  return address("/read", { document: id, at: cases ? characters - 1 : 0 });
}

function documentEntry(report, actions, isStanding, isOpen) {
  const { title, name, action, unsure, notes } = report;
  return h(
    "article",
    { tabindex: "-1", "aria-label": title },
    h("h2", {}, h("bdi", {}, title), " ", h("span", { class: "tag" }, actions[action])),
    name !== title && h("p", { class: "waiting" }, h("bdi", {}, name)),
    h(
      "p",
      {},
      report.case_count > 0 && `${number(report.case_count)} 篇案例，`,
      `${number(report.section_count)} 节，${number(report.paragraph_count)} 段，${number(report.character_count)} 字。 `,
      isStanding ? link(outlineOf(report), {}, "看提纲") : "现在不在汇编里。",
    ),
    notes.map((note) => h("p", { class: "waiting" }, note)),
    unsure.length > 0 && unsureBlock(report, isStanding, isOpen),
    leftOut(report.left_out),
  );
}

function unsureBlock({ id, unsure }, isStanding, isOpen) {
  const place = h("div", {}, h("p", { class: "waiting" }, "正在取原文……"));
  const show = async () => {
    try {
      const text = isStanding ? (await get(`/documents/${encodeURIComponent(id)}`)).text : null;
      fill(place, excerpts(unsure, text));
    } catch (error) {
      fill(place, trouble(error, show));
    }
  };
  const seen = () => details.open && !details.dataset.seen && ((details.dataset.seen = "true"), show());
  const name = h("summary", {}, `拿不准的 ${unsure.length} 行`);
  const details = h("details", { class: "import-unsure", open: isOpen, ontoggle: seen }, name, place);
  return details;
}

/** The unsure lines among their neighbours; by themselves where the text is another one now. */
function excerpts(unsure, text) {
  const lines = linesOf(text ?? "");
  const texts = new Map(lines.map((each) => [each.line, each.text]));
  const isSame = unsure.every((each) => texts.get(each.line)?.includes(each.text));
  const groups = (some) => (isSame ? neighbourhoods(some, lines) : some.map((each) => [each]));
  const among = (some) => groups(some).map((near) => excerpt(near, unsure));
  const first = among(unsure.slice(0, MOST));
  return [
    !isSame && h("p", { class: "waiting" }, "这份文档后来有改动，只列出这些行。"),
    listed(h("div", {}), [...first, ...among(unsure.slice(MOST))], "处", first.length),
  ];
}

// As the server counts lines: code points, and page breaks end a line too.
const LINE = /[^\r\n\v\f\x85\u2028\u2029]*(?:\r\n|[\r\n\v\f\x85\u2028\u2029]|$)/g;

function linesOf(text) {
  let at = 0;
  const all = text.match(LINE).map((line, index) => {
    const start = at + length(line) - length(line.trimStart());
    at += length(line);
    return { line: index + 1, start, text: line.trim() };
  });
  return all.filter((each) => each.text);
}

/** Runs of lines, each with unsure ones in it; those that are near each other are in one. */
function neighbourhoods(unsure, lines) {
  const numbers = new Set(unsure.map((each) => each.line));
  const groups = [];
  let until = 0;
  lines.forEach(({ line }, at) => {
    if (!numbers.has(line)) return;
    const from = Math.max(0, at - NEAR);
    if (!groups.length || from > until) groups.push([]);
    groups.at(-1).push(...lines.slice(Math.max(from, until), at + NEAR + 1));
    until = Math.min(lines.length, at + NEAR + 1);
  });
  return groups;
}

function excerpt(lines, unsure) {
  const entries = lines.map(({ line, start, text }) => {
    const doubts = unsure.filter((each) => each.line === line);
    const shown = slice(text, 0, LONGEST);
    const spans = doubts.map((each) => ({ ...each, kind: "asked" }));
    return h(
      "li",
      { class: doubts.length ? "is-unsure" : null },
      h("span", { class: "line-number", title: `第${line}行` }, line),
      h("span", { class: "words" }, marked(shown, start, spans), shown.length < text.length && "……"),
      doubts.length > 0 && h("span", { class: "reason" }, [...new Set(doubts.map((each) => each.reason))].join("；")),
    );
  });
  return h("ol", { class: "excerpt", tabindex: "-1" }, entries);
}

function leftOut(found) {
  if (!found.length) return null;
  const entry = ({ text, page }) => h("li", {}, h("bdi", {}, text), page !== null && ` · 第${page}页`);
  const entries = [...new Set(found.map((each) => each.reason))].map((reason) => {
    const pieces = found.filter((each) => each.reason === reason);
    return [h("h3", {}, `${reason}（${pieces.length}）`), h("ul", { class: "left-out" }, pieces.map(entry))];
  });
  return h("details", {}, h("summary", {}, `没有放进正文的 ${found.length} 处`), entries);
}

function words({ resegmented, deferred }) {
  const counted = Object.entries(resegmented).filter(([, count]) => count);
  const told = counted.map(([word, count]) => [word, `原有文档里 ${count} 份有它`]);
  told.push(...deferred.map((word) => [word, "涉及的段落太多，运行 anwen lexicon 时再切分"]));
  const entries = told.map(([word, what]) => h("li", {}, h("bdi", {}, word), `：${what}`));
  const name = h("summary", {}, `词典变化（${entries.length} 个词）`);
  return entries.length > 0 && h("details", {}, name, h("ul", { class: "left-out" }, entries));
}
