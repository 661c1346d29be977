// What an official takes along: the citation in three forms, the words, the permanent link.

import { button, h, tell } from "./dom.js";

/** Put text on the clipboard, and say so. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Over plain HTTP a browser has no clipboard to offer, but still copies what is selected.
    const field = h("textarea", { class: "unseen", readonly: true, "aria-hidden": "true", value: text });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) return tell("浏览器不让复制，请手工选取。");
  }
  return tell(`已复制${what}。${isOnlyHere(text) ? "其中的链接只在这台机器上打得开，请管理员设好 ANWEN_BASE_URL。" : ""}`);
}

function isOnlyHere(text) {
  return /https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/]/.test(text);
}

const FORMS = [
  ["plain", "一行文字"],
  ["gbt7714", "GB/T 7714"],
  ["markdown", "Markdown 链接"],
];

/** The buttons for a passage; `quote` are the words that answer, the whole passage where nothing is marked. */
export function citeActions(passage, quote) {
  return [
    h(
      "details",
      { class: "menu", ontoggle: turnedUp },
      h("summary", { class: "button button-quiet" }, "复制引文"),
      h(
        "div",
        { class: "menu-items" },
        FORMS.map(([form, name]) =>
          h(
            "button",
            { type: "button", class: "menu-item", onclick: () => copy(passage.citation_forms[form], `引文（${name}）`) },
            h("strong", {}, name),
            h("span", {}, passage.citation_forms[form]),
          ),
        ),
      ),
    ),
    button("复制原句", () => copy(quote, "原句"), { class: "button button-quiet" }),
    button("永久链接", () => copy(passage.url, "永久链接"), { class: "button button-quiet" }),
  ];
}

/** Open a menu upward where there is no room below it. */
function turnedUp({ target }) {
  target.classList.remove("up");
  const { bottom } = target.querySelector(".menu-items").getBoundingClientRect();
  target.classList.toggle("up", target.open && bottom > innerHeight);
}
