// The compilation at a glance: its cases as a tree, and all of its figures as a table.

import { fill, h, link } from "./dom.js";
import { figureTable } from "./figures.js";
import { markPassages } from "./reader.js";
import { address } from "./route.js";
import { caseTree } from "./tree.js";

const PARTS = [
  { show: null, name: "目录", make: caseTree },
  { show: "figures", name: "数据", make: figureTable },
];

/** What is shown: it stays, with the field one types in, as long as only its filters, order and page change. */
let current = null;

/** The view. Throws Fault where the cases cannot be had. */
export async function browse(main, { params }) {
  const part = PARTS.find(({ show }) => show === params.get("show")) ?? PARTS[0];
  document.title = `${part.name} · 案问`;
  if (current?.part !== part || !main.contains(current.node)) {
    current = { part, ...part.make() };
    markPassages([]);
    const tabs = PARTS.map((each) => tab(each, each === part));
    fill(
      main,
      h(
        "div",
        { class: "wide", onkeydown: follow },
        h("h1", { class: "browse-title" }, "浏览汇编"),
        h("nav", { class: "browse-parts", "aria-label": "浏览什么" }, tabs),
        current.node,
      ),
    );
  }
  await current.show(params);
}

function tab({ show, name }, isShown) {
  return link(address("/browse", { show }), { "aria-current": isShown && "page" }, name);
}

/** On a case or a row, Enter does what a click on its link does. */
function follow({ key, target }) {
  if (key === "Enter" && target.matches("[data-item]:not(summary)")) target.querySelector("a").click();
}
