// A case whole, as it stands in its document: outline, paragraphs, and what is marked in them.

import { button, h } from "./dom.js";
import { get } from "./http.js";
import { pageButton } from "./original.js";
import { marked, sectionName } from "./text.js";

const cases = new Map();

/** A case with its paragraphs: the one of a document in which a position lies. Fetched once. Throws Fault. */
export async function caseAt(document, position) {
  const known = [...cases.values()].find((each) => each.document_id === document && each.start <= position && position < each.end);
  if (known) return known;
  const found = await get(`/documents/${encodeURIComponent(document)}/case`, { at: position });
  cases.set(`${found.document_id}:${found.start}`, found);
  return found;
}

/** Forget what was fetched: the compilation is another one now. */
export function forgetCases() {
  cases.clear();
}

/** The document, start and end that an id such as 汇编:120-180 names; null for one that is none. */
export function spanOf(id) {
  const parts = /^(.+):(\d+)-(\d+)$/.exec(id);
  return parts && { document: parts[1], start: Number(parts[2]), end: Number(parts[3]) };
}

/** The body of a case. `spans` ({ start, end, kind }) are marked; the paragraph in which `target` begins is pointed out. */
export function caseBody(found, spans, target, level = "h3") {
  const paragraphs = found.sections.flatMap((section) => section.paragraphs);
  const before = paragraphs.filter((each) => each.start <= target.start).at(-1);
  let page = null;
  const body = found.sections.map((section, number) => [
    heading(section, number, found.sections[number - 1], level),
    section.paragraphs.map((paragraph) => {
      const isNew = paragraph.page !== null && paragraph.page !== page;
      page = paragraph.page;
      return [
        isNew && h("p", { class: "page-mark" }, pageButton(found, page) ?? `原件第${page}页`),
        h(
          "p",
          { class: paragraph === before ? "paragraph target" : "paragraph", tabindex: paragraph === before ? "-1" : null, "data-start": paragraph.start },
          h("span", { class: "paragraph-number", "aria-hidden": "true" }, paragraph.number),
          marked(paragraph.text, paragraph.start, spans),
        ),
      ];
    }),
  ]);
  return h("div", { class: "case-body" }, body);
}

function heading(section, number, before, level) {
  const name = sectionName(section);
  if (before && sectionName(before) === name) return null;
  return h(level, { id: `section-${number}`, tabindex: "-1", class: section.headings.length ? null : "part-name" }, name);
}

/** The outline of a case: each entry leads to its section in `body`; those that hold a mark are dotted. */
export function outline(found, body, spans) {
  const entries = found.sections
    .map((section, number) => ({ section, number, target: body.querySelector(`#section-${number}`) }))
    .filter((entry) => entry.target);
  if (entries.length < 2) return null;
  const go = (target) => {
    bring(target, "start");
    target.focus({ preventScroll: true });
  };
  const holds = (section) =>
    section.paragraphs.some((each) => spans.some((span) => span.kind === "said" && span.start < each.end && span.end > each.start));
  return h(
    "nav",
    { class: "outline", "aria-label": "提纲" },
    h(
      "ol",
      {},
      entries.map(({ section, target }) =>
        h(
          "li",
          { class: `depth-${Math.max(1, section.headings.length)}` },
          button(section.headings.at(-1) ?? sectionName(section), () => go(target), {
            class: holds(section) ? "outline-entry holds" : "outline-entry",
            title: holds(section) ? "答案的依据在这一节" : null,
          }),
        ),
      ),
    ),
  );
}

/** Scroll an element into sight where it stands, in the reader or on the page, and leave what is around that as it is. */
export function bring(element, block) {
  const pane = element.closest("#reader .case");
  if (!pane) return element.scrollIntoView({ block });
  const room = block === "center" ? (pane.clientHeight - element.offsetHeight) / 2 : 8;
  pane.scrollTop += element.getBoundingClientRect().top - pane.getBoundingClientRect().top - Math.max(8, room);
}

/** What stands above a case: its number, place and title, and the document it is of. */
export function caseHead(found, level = "h2") {
  const place = [found.province, found.city, found.county].filter(Boolean).join(" ");
  return h(
    "header",
    { class: "case-head" },
    h("p", { class: "case-of" }, "《", h("bdi", {}, found.document_title), "》"),
    h(level, { tabindex: "-1" }, found.label && h("span", { class: "case-label" }, found.label), found.title),
    place && h("p", { class: "case-place" }, place),
  );
}
