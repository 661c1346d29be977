// The page of the PDF on which a paragraph stands, as a picture over what is read.

import { button, fill, h, trouble } from "./dom.js";
import { Fault, fetchFile, ownKey } from "./http.js";

/** The button that shows a page of a case's original; null where none was kept. */
export function pageButton(found, page) {
  if (!page || !found.original_pages) return null;
  return button(`看原件第${page}页`, () => show(found, page), { class: "button button-quiet", "aria-haspopup": "dialog" });
}

function show(found, first) {
  let page = first;
  let shown = "";
  const title = h("h2", { id: "original-title", "aria-live": "polite" });
  const sheet = h("div", { class: "original-sheet", tabindex: "0", role: "region", "aria-labelledby": "original-title" });
  const before = button("上一页", () => turn(page - 1));
  const after = button("下一页", () => turn(page + 1));
  const apart = h("a", { class: "button", target: "_blank" }, "单独打开");
  const bar = h("div", { class: "original-bar" }, title, before, after, apart, button("关闭", () => dialog.close()));
  const dialog = h("dialog", { class: "original", "aria-labelledby": "original-title", onclose: () => dialog.remove() }, bar, sheet);

  function turn(to) {
    page = to;
    const path = `/documents/${encodeURIComponent(found.document_id)}/pages/${page}`;
    title.textContent = `原件第${page}页`;
    before.disabled = page <= 1;
    after.disabled = page >= found.original_pages;
    apart.href = path;
    // A button that has just been disabled would take the keyboard with it.
    if (dialog.open && !dialog.contains(document.activeElement?.closest(":enabled, [tabindex]"))) sheet.focus();
    const picture = h("img", { alt: `《${found.document_title}》原件第${page}页的图片`, hidden: true });
    const waiting = h("p", { class: "waiting", role: "status" }, "正在取原页……");
    picture.addEventListener("load", () => ((picture.hidden = false), waiting.remove()));
    const fail = (error) => picture.isConnected && fill(sheet, trouble(error, () => turn(page)));
    picture.addEventListener("error", () => fail(new Fault("unreadable", "这一页没有显示出来。")));
    fill(sheet, waiting, picture).scrollTo(0, 0);
    // A picture is fetched like all else: an address alone carries no key.
    fetchFile(path).then((blob) => {
      if (!picture.isConnected) return;
      URL.revokeObjectURL(shown);
      shown = picture.src = URL.createObjectURL(blob);
      if (ownKey.get()) apart.href = shown;
    }, fail);
  }

  turn(first);
  addEventListener("popstate", () => dialog.close(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
  sheet.focus();
}
