// Import: files are dropped, what became of them is told, and documents are withdrawn.

import { button, fill, h, link, number, trouble } from "./dom.js";
import { forgetKey, get, ownKey, send } from "./http.js";
import { confirmed, KINDS, listed, localTime, outlineOf, shortNames, showImport, STATES } from "./report.js";
import { address, go, here } from "./route.js";

const KINDS_READ = ["txt", "md", "docx", "pdf", "html", "jsonl", "zip"];
const LARGEST = 512 * 2 ** 20;
const MOST_DOCUMENTS = 50;

/** The view: all imports, or the one that the address names. */
export async function importing(main, { params, about }) {
  const id = params.get("id");
  document.title = "导入 · 案问";
  const { imports } = await about;
  const place = h("div");
  const leave = button("退出管理", forgetKey, { class: "button button-quiet leave", title: "忘掉口令" });
  if (imports === "closed") fill(place, closed());
  else if (id) await showImport(place, id);
  else await showAll(place);
  const now = here();
  if (now.path !== "/import" || now.params.get("id") !== id) return;
  fill(main, h("div", { class: "column importing" }, ownKey.get() && leave, place));
}

function closed() {
  const who = "没有设置管理口令，只有在运行服务的那台机器上才能导入。要从这里导入，请管理员用 anwen key add 发一个管理口令，或设置 ANWEN_ADMIN_KEY。";
  return [h("h1", {}, "导入"), h("p", { class: "notice" }, who)];
}

async function showAll(place) {
  const [{ imports }, { documents }] = await Promise.all([get("/imports"), get("/documents")]);
  fill(place, h("h1", {}, "导入"), dropZone(place), history(imports), standing(documents));
}

function dropZone(place) {
  const told = h("div", { "aria-live": "polite" });
  const accept = KINDS_READ.map((kind) => `.${kind}`).join();
  const input = h("input", { type: "file", id: "files", multiple: true, class: "file-input", accept });
  const zone = h(
    "section",
    { class: "drop", "aria-label": "要导入的文件" },
    input,
    h("label", { for: "files", class: "button button-main" }, "选择文件"),
    h("p", {}, "或把文件、文件夹拖到这一页"),
    h("p", { class: "waiting" }, `能读 ${KINDS_READ.join("、")}，一次最多 512 MB。同名的文档会换成新的。`),
    told,
  );
  const fail = (message, again) => fill(told, trouble({ message }, again));
  const upload = async (files) => {
    if (!files.length || input.disabled) return;
    // The server would hang up in the middle, and the reason would be lost.
    if (files.reduce((sum, file) => sum + file.size, 0) > LARGEST) return fail("文件太大，一次最多 512 MB。请分几次导入。");
    fill(told, h("p", {}, `正在上传 ${files.length} 个文件……`), h("progress", { "aria-label": "正在上传" }));
    input.disabled = true;
    try {
      const record = await send("POST", "/documents", formOf(files));
      if (zone.isConnected) go(address("/import", { id: record.id }));
    } catch (error) {
      input.disabled = false;
      fail(error.message, () => upload(files));
    }
  };
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    upload(files);
  });
  bindDrop(place, zone, (transfer) => filesIn(transfer).then(upload, () => fail("拖来的文件读不出来。请用“选择文件”。")));
  return zone;
}

function bindDrop(place, zone, drop) {
  const isFiles = (event) => zone.isConnected && event.dataTransfer.types.includes("Files");
  const over = (isOver) => (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    zone.classList.toggle("is-over", isOver);
    if (event.type === "drop") drop(event.dataTransfer);
  };
  place.addEventListener("dragover", over(true));
  place.addEventListener("dragleave", over(false));
  place.addEventListener("drop", over(false));
}

function formOf(files) {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  return form;
}

/** The files that were dropped, those in folders too; hidden ones are the system's. */
async function filesIn(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return entries.length ? (await Promise.all(entries.map(filesOf))).flat() : [...transfer.files];
}

async function filesOf(entry) {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    // A folder tells of its entries a hundred at a time.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return (await Promise.all(inside.map(filesOf))).flat();
    inside.push(...some);
  }
}

function history(imports) {
  if (!imports.length) return null;
  const rows = imports.map((record) =>
    h(
      "tr",
      { tabindex: "-1" },
      h("td", {}, localTime(record.created)),
      h(
        "td",
        {},
        link(address("/import", { id: record.id }), { class: "import-names" }, KINDS[record.kind], " ", shortNames(record.names)),
      ),
      h("td", {}, h("span", { class: `tag import-${record.status}` }, stateOf(record, imports))),
    ),
  );
  return table("以往的导入", ["时间", "内容", "状态"], rows, "次");
}

function stateOf({ status, undone_by }, imports) {
  if (!undone_by) return STATES[status];
  return (imports.find((each) => each.id === undone_by)?.status ?? "done") === "done" ? "已撤销" : "正在撤销";
}

function standing(documents) {
  const rows = documents.map((each) => {
    const remove = () => send("DELETE", `/documents/${encodeURIComponent(each.id)}`);
    const text = `《${each.title}》会从汇编里移走，不再用来回答。移走以后也可以撤销。`;
    const ask = () => confirmed("移走文档", text, "确定移走", remove);
    const title = link(outlineOf(each), {}, h("bdi", {}, each.title));
    return h(
      "tr",
      { tabindex: "-1" },
      h("th", { scope: "row" }, title, each.id !== each.title && ` ${each.id}`),
      h("td", {}, each.case_count ? `${number(each.case_count)} 篇` : "—"),
      h("td", {}, number(each.character_count)),
      h("td", {}, button("移走", ask, { class: "button button-quiet", "aria-label": `移走《${each.title}》` })),
    );
  });
  return table(`汇编里的 ${number(documents.length)} 份文档`, ["文档", "案例", "字", "操作"], rows, "份", MOST_DOCUMENTS);
}

function table(caption, heads, rows, unit, most) {
  const [body, more] = listed(h("tbody", {}), rows, unit, most);
  const head = h("thead", {}, h("tr", {}, heads.map((name) => h("th", { scope: "col" }, name))));
  const whole = h("table", {}, h("caption", {}, caption), head, body);
  return [h("div", { class: "import-table", tabindex: "0", role: "group", "aria-label": caption }, whole), more];
}
