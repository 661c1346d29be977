// The window that asks for the key, where the server wants one.

import { button, fill, h } from "./dom.js";

const WHO = "口令由管理员发给，填一次就记在这个浏览器里，点页面上方的“?”可以忘掉。公用的电脑上请别填。";

/** Ask for a key after `fault`, and keep it in `kept`; `before` is the one that was sent. Returns whether one was given. */
export function askForKey(fault, before, kept) {
  const isScope = fault.code === "wrong_scope";
  const field = h("input", { type: "password", id: "key", required: true, autocomplete: "current-password" });
  const told = h("p", { class: "import-fault", role: "alert" });
  const onsubmit = (event) => {
    event.preventDefault();
    const key = field.value.trim();
    if (!key) return fill(told, "请填入口令。");
    kept.set(key);
    dialog.close();
  };
  const dialog = h(
    "dialog",
    { class: "help key-window", "aria-labelledby": "key-title" },
    h("h2", { id: "key-title" }, isScope ? "需要管理口令" : "请输入口令"),
    h("p", {}, isScope ? "现在用的口令只能提问和查阅。导入、撤销、移走文档和查看反馈要用管理口令。" : WHO),
    h(
      "form",
      { class: "key-form", onsubmit },
      h("label", { for: "key" }, isScope ? "管理口令" : "口令"),
      field,
      h("button", { type: "submit", class: "button button-main" }, "进入"),
      button("取消", () => dialog.close()),
    ),
    told,
  );
  document.body.append(dialog);
  dialog.showModal();
  // After the window is there, so that it is read aloud.
  if (!isScope && before) fill(told, "口令不对，或者已经停用，请再输一次。");
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(kept.get() !== (isScope ? before : ""));
    }),
  );
}
