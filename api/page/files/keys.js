// The keyboard: what every view answers to, and the window that tells of it.

import { button, h } from "./dom.js";
import { forgetKey, ownKey } from "./http.js";
import { closeReader } from "./reader.js";

const KEYS = [
  ["/", "到提问框"],
  ["Enter", "提问；在段落上：打开原文"],
  ["j、k", "下一个、上一个段落"],
  ["Esc", "关闭原文"],
  ["?", "这个窗口"],
];

/** Listen to the keys. */
export function bindKeys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") return escape(event);
    if (event.target.closest?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    if (event.key === "/") return take(event, document.querySelector("[data-ask]"));
    if (event.key === "?") return showHelp();
    if (event.key === "j" || event.key === "k") return take(event, neighbour(event.key === "j" ? 1 : -1));
  });
  // A menu closes when something else is clicked.
  addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target) || event.target.closest("button")) menu.open = false;
    }
  });
}

function take(event, element) {
  if (!element) return;
  event.preventDefault();
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}

function neighbour(step) {
  const items = [...document.querySelectorAll("[data-item]")].filter((each) => each.checkVisibility());
  const at = items.findIndex((each) => each.contains(document.activeElement));
  return items[at < 0 ? (step > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, at + step))];
}

function escape(event) {
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (!document.querySelector("dialog[open]") && closeReader()) event.preventDefault();
}

/** Show what the keys do, and how the page means its marks. */
export function showHelp() {
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "help-title", onclose: () => dialog.remove() },
    h("h2", { id: "help-title" }, "快捷键与说明"),
    h("dl", {}, KEYS.map(([key, does]) => [h("dt", {}, key), h("dd", {}, does)])),
    h(
      "p",
      {},
      "答案里的每句话都逐字出自汇编，[n] 指向它所在的段落。点开就能看到原文，答案的那一句有底色。汇编里没有写到的，会直说没有。",
    ),
    h("p", {}, h("a", { href: "/docs", target: "_blank" }, "接口说明")),
    button("关闭", () => dialog.close(), { autofocus: true }),
    ownKey.get() && [" ", button("忘掉口令", forgetKey, { class: "button button-quiet" })],
  );
  document.body.append(dialog);
  dialog.showModal();
}
