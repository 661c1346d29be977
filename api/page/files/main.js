// Where the page begins: the view that the address names, the reader beside it, and what belongs to every view.

import { about } from "./about.js";
import { ask } from "./ask.js";
import { fill, h, link, trouble } from "./dom.js";
import { bindKeys, showHelp } from "./keys.js";
import { read } from "./read.js";
import { follow } from "./reader.js";
import { here, onChange } from "./route.js";
import { bindTheme } from "./theming.js";

/** The views by path; those that few begin with are fetched when they are first wanted. */
const VIEWS = {
  "/": () => ask,
  "/compare": async () => (await import("./compare.js")).compare,
  "/browse": async () => (await import("./browse.js")).browse,
  "/import": async () => (await import("./import.js")).importing,
};

const main = document.getElementById("main");
let shown = "";
let latest = 0;
/** How far down each state was left, for the way back to it. */
const tops = new Map();

async function show(isBack = false) {
  const mine = ++latest;
  document.documentElement.dataset.ready = "false";
  const { path, params } = here();
  const opened = params.get("open");
  const following = follow(opened, opened && params.get("at"));
  // What only moves the reader, or unfolds a panel, leaves the view as it is.
  for (const name of opened ? ["why", "open", "at"] : ["why"]) params.delete(name);
  const state = `${path}?${params}`;
  if (state !== shown) await change(state, path, params, isBack);
  await following;
  if (mine === latest) document.documentElement.dataset.ready = "true";
}

async function change(state, path, params, isBack) {
  const isFirst = !shown;
  const top = isBack ? tops.get(state) : null;
  if (!isBack && !shown.startsWith(`${path}?`)) scrollTo({ top: 0, behavior: "instant" });
  shown = state;
  for (const each of document.querySelectorAll("[data-view]")) {
    const isHere = each.dataset.view === path;
    if (isHere) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  try {
    const view = await (VIEWS[path]?.() ?? read);
    if (state !== shown) return;
    main.className = `view-${view.name}`;
    await view(main, { path, params, about });
  } catch (error) {
    if (state !== shown) return;
    console.info(error);
    fill(main, h("div", { class: "column" }, h("h1", { class: "unseen" }, "打不开"), failed(error)));
  }
  if (state !== shown) return;
  if (top) scrollTo({ top, behavior: "instant" });
  // What had the focus may be gone with the view before: the keyboard goes on from what is new.
  if (isFirst || document.activeElement !== document.body) return;
  ([...main.querySelectorAll(".turn .question")].at(-1) ?? main).focus({ preventScroll: true });
}

/** What could not be shown, and the way on: elsewhere where there is nothing, else once more. */
function failed(error) {
  if (error.code !== "not_found") return trouble(error, () => ((shown = ""), show()));
  const ways = [link("/", { class: "button" }, "去提问"), link("/browse", { class: "button" }, "看看目录")];
  return h("div", {}, trouble(error), h("div", { class: "ways" }, ways));
}

async function offer() {
  const { imports } = await about;
  document.querySelector('[data-view="/import"]').hidden = imports === "closed";
}

addEventListener("scroll", () => tops.set(shown, scrollY), { passive: true });
onChange(show);
bindTheme(document.getElementById("theme"));
bindKeys();
document.getElementById("help").addEventListener("click", showHelp);
offer().catch(() => {});
show();
