// The cases as a tree: city, county, case. A branch is built when it is opened, so that thousands of cases are no burden.

import { choose } from "./choices.js";
import { button, fill, h, link } from "./dom.js";
import { get } from "./http.js";
import { address, changed, go, here, stateLink } from "./route.js";

const OPEN_AT_FIRST = 30;
const OPEN_WHEN_FOUND = 200;

/** What was opened and closed by hand of the tree last shown: whoever comes back from a case finds it so. */
const left = { filters: "", all: null, branches: new Map() };

/** The tree with its filters: { node, show(params) }; show throws Fault where the cases cannot be had. */
export function caseTree() {
  let cases = null;
  let built = new Map();
  const find = () => go(changed({ find: field.value.trim() }), { replace: true });
  const field = h("input", {
    type: "search",
    placeholder: "地名、标题或篇号",
    "aria-label": "筛选案例",
    "data-ask": true,
    oninput: (event) => event.isComposing || find(),
    oncompositionend: find,
  });
  const titles = h("select", { onchange: () => go(changed({ document: titles.value })) });
  const ofDocument = h("label", { class: "browse-choice", hidden: true }, "文档", titles);
  const all = (name, isOpen) => button(name, () => unfold(isOpen), { class: "button button-quiet" });
  const bar = h("div", { class: "browse-bar", role: "search" }, field, ofDocument, all("全部展开", true), all("全部收起", false));
  const count = h("p", { class: "browse-count", role: "status" }, "正在载入目录……");
  const tree = h("div", { class: "tree" });
  tree.addEventListener("toggle", toggled, true);

  async function show(params) {
    cases ??= (await get("/cases", { all: true })).cases.map((each) => ({ ...each, words: wordsOf(each) }));
    const words = params.get("find") ?? "";
    const document = params.get("document") ?? "";
    const documents = new Map(cases.map((each) => [each.document_id, each.document_title]));
    ofDocument.hidden = documents.size < 2 && !document;
    choose(titles, documents, document);
    if (field.value.trim() !== words) field.value = words;
    const filters = `${document} ${words}`;
    if (filters !== left.filters) Object.assign(left, { filters, all: null, branches: new Map() });
    const terms = folded(words).split(/\s+/).filter(Boolean);
    const those = cases.filter((each) => !document || each.document_id === document);
    const matching = those.filter((each) => terms.every((term) => fits(each, term)));
    draw(matching, terms.length ? OPEN_WHEN_FOUND : OPEN_AT_FIRST, documents.size > 1);
  }

  function draw(matching, most, hasDocuments) {
    const isOpen = ({ key }) => left.branches.get(key) ?? left.all ?? matching.length <= most;
    const children = ({ branches, leaves }) =>
      h("ul", {}, [...branches.values()].map(item), leaves.map((each) => leaf(each, hasDocuments)));

    function item(branch) {
      const name = h("span", { class: "branch-name" }, branch.name);
      const summary = h("summary", { "data-item": true }, name, h("span", { class: "browse-note" }, counted(branch)));
      const details = h("details", { class: "branch", open: isOpen(branch) }, summary, isOpen(branch) && children(branch));
      built.set(details, { branch, isOpen, children });
      return h("li", {}, details);
    }

    built = new Map();
    fill(tree, matching.length ? children(grown(matching)) : none(cases.length));
    const { numbered, others } = tally(cases);
    const found = matching.length < cases.length && `找到 ${counted(tally(matching))}；`;
    fill(count, found, `共 ${numbered} 篇案例`, others > 0 && `，另有 ${others} 份前言或其他文档`);
  }

  function toggled({ target }) {
    if (!built.has(target)) return;
    const { branch, isOpen, children } = built.get(target);
    if (target.open !== isOpen(branch)) left.branches.set(branch.key, target.open);
    if (target.open && target.children.length === 1) target.append(children(branch));
  }

  function unfold(isOpen) {
    Object.assign(left, { all: isOpen, branches: new Map() });
    return show(here().params);
  }

  return { node: h("section", { "aria-label": "目录" }, bar, count, tree), show };
}

/** What has a number is a case, 篇; a preface or a document without cases has none, 份. */
function tally(cases) {
  const others = cases.filter((each) => each.case_number === null).length;
  return { numbered: cases.length - others, others };
}

function counted({ numbered, others }) {
  return [(numbered || !others) && `${numbered} 篇`, others && `${others} 份`].filter(Boolean).join("，");
}

/** The cases under their places; what has none comes last, under its document. */
function grown(cases) {
  const hasProvinces = new Set(cases.map((each) => each.province).filter(Boolean)).size > 1;
  const root = { key: "", branches: new Map(), leaves: [] };
  const isPlaced = ({ province, city, county }) => Boolean(province || city || county);
  for (const each of [...cases.filter(isPlaced), ...cases.filter((one) => !isPlaced(one))]) {
    let at = root;
    for (const name of way(each, hasProvinces)) {
      const fresh = { key: `${at.key}/${name}`, name, numbered: 0, others: 0, branches: new Map(), leaves: [] };
      if (!at.branches.has(name)) at.branches.set(name, fresh);
      at = at.branches.get(name);
      at[each.case_number === null ? "others" : "numbered"] += 1;
    }
    at.leaves.push(each);
  }
  return root;
}

function way({ province, city, county, document_title }, hasProvinces) {
  if (!city && !county) return [province || `《${document_title}》`];
  return [...new Set([hasProvinces && province, city, county].filter(Boolean))];
}

function leaf(each, hasDocuments) {
  const { document_id, document_title, start, case_number: number, label, title, paragraph_count, city, county } = each;
  const scope = city || county ? { city, county } : { document: document_id };
  const where = county || city || `《${document_title}》`;
  const figures = { show: "figures", document: document_id, case: number };
  const quiet = { class: "button button-quiet" };
  return h(
    "li",
    { class: "leaf", tabindex: "-1", "data-item": true },
    h("span", { class: "leaf-label" }, label),
    h(
      "span",
      { class: "leaf-name" },
      link(address("/read", { document: document_id, at: start }), { class: "leaf-title" }, title),
      h("span", { class: "browse-note" }, hasDocuments && `《${document_title}》 · `, `${paragraph_count} 段`),
    ),
    link(address("/", scope), { ...quiet, title: `只问${where}`, "aria-label": `只在这里提问：${where}` }, "只在这里提问"),
    number !== null && link(address("/browse", figures), { ...quiet, "aria-label": `数据：${label}` }, "数据"),
  );
}

function none(total) {
  if (!total) return h("p", { class: "notice" }, "汇编里还没有案例。");
  const back = stateLink({ find: null, document: null }, { class: "button" }, "看全部案例");
  return h("div", { class: "notice" }, h("p", {}, "没有符合的案例。"), back);
}

function folded(words) {
  return words.normalize("NFKC").toLowerCase();
}

function wordsOf({ province, city, county, title, label, case_number: number }) {
  const place = [province, city, county].map((name) => name ?? "").join("");
  return folded(`${place} ${title} ${label} ${number === null ? "" : `第${number}篇`}`);
}

/** Whether a case holds a word; digits by themselves are the number of a case, or stand in its title. */
function fits({ words, case_number: number, title }, term) {
  return /^\d+$/.test(term) ? String(number) === term || folded(title).includes(term) : words.includes(term);
}
