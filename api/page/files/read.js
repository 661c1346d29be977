// A case on a page of its own: from the tree (/read?document=…&at=…), or by the permanent link of a passage.

import { caseAt, caseBody, caseHead, outline, spanOf } from "./caseview.js";
import { citeActions } from "./citing.js";
import { fill, h, link } from "./dom.js";
import { Fault, get } from "./http.js";
import { pageButton } from "./original.js";
import { point, sentenceOf } from "./reader.js";
import { address } from "./route.js";

/** The view. Throws Fault for an address that leads nowhere. */
export async function read(main, { path, params }) {
  const passage = path.startsWith("/passages/") ? await passageAt(path) : null;
  const asked = passage ?? { document_id: params.get("document") ?? "", start: Number(params.get("at") ?? 0), end: 0 };
  if (!asked.document_id) throw new Fault("not_found", "没有这个地址。可以从“浏览”里找到案例。");
  const found = await caseAt(asked.document_id, asked.start);
  const sentence = passage && sentenceOf(params.get("at"));
  const spans = passage ? [{ start: passage.start, end: passage.end, kind: "said" }] : [];
  if (sentence) spans.push({ ...sentence, kind: "asked" });
  const body = caseBody(found, spans, asked, "h2");
  document.title = `${found.title} · 案问`;
  const scope = found.county ? { county: found.county } : found.city ? { city: found.city } : { document: found.document_id };
  fill(
    main,
    h(
      "div",
      { class: "reading-page" },
      h(
        "article",
        { class: "case" },
        caseHead(found, "h1"),
        outline(found, body, spans),
        passage && cited(passage, found),
        body,
        h("p", { class: "case-foot" }, link(address("/", scope), { class: "button" }, "只在这里提问"), link("/browse", { class: "button button-quiet" }, "回到目录")),
      ),
    ),
  );
  if (passage) requestAnimationFrame(() => point(body));
}

async function passageAt(path) {
  const id = decoded(path.slice("/passages/".length));
  if (!spanOf(id)) throw new Fault("not_found", "段落编号应为“文档编号:起点-终点”。");
  return get(`/passages/${encodeURIComponent(id)}`);
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

function cited(passage, found) {
  return h(
    "div",
    { class: "reader-cite" },
    h("p", { class: "citation" }, passage.citation),
    h("div", { class: "actions" }, citeActions(passage, passage.text), pageButton(found, passage.page)),
  );
}
