// Pieces of the compilation's text. Offsets are Unicode code points, as everywhere outside JavaScript.

import { h } from "./dom.js";

const BEYOND = /[\ud800-\udfff]/;

/** The characters [start, end) of a text, counted as code points. */
export function slice(text, start, end) {
  return BEYOND.test(text) ? Array.from(text).slice(start, end).join("") : text.slice(start, end);
}

/** How many code points a text has. */
export function length(text) {
  return BEYOND.test(text) ? Array.from(text).length : text.length;
}

/**
 * A text whose first character stands at `at` of its document, as nodes; what lies in one of the spans
 * ({ start, end, kind }) is a <mark> with the kinds of all the spans around it as its classes.
 */
export function marked(text, at, spans) {
  const points = BEYOND.test(text) ? Array.from(text) : text;
  const end = at + points.length;
  const near = spans.filter((span) => span.start < end && span.end > at);
  const cuts = [...new Set([at, end, ...near.flatMap((span) => [Math.max(at, span.start), Math.min(end, span.end)])])];
  cuts.sort((one, other) => one - other);
  return cuts.slice(1).map((until, number) => {
    const from = cuts[number];
    const part = points.slice(from - at, until - at);
    const words = typeof part === "string" ? part : part.join("");
    const kinds = new Set(near.filter((span) => span.start <= from && span.end >= until).map((span) => span.kind));
    return kinds.size ? h("mark", { class: [...kinds].join(" ") }, words) : words;
  });
}

const ASPECTS = { measure: "做法", result: "成效", background: "背景" };

/** The tag of an aspect, in words. */
export function aspectTag(aspect) {
  return h("span", { class: `tag tag-${aspect}` }, ASPECTS[aspect] ?? aspect);
}

/** What an aspect is called. */
export function aspectName(aspect) {
  return ASPECTS[aspect] ?? aspect;
}

const PARTS = { lead: "导语", closing: "结语", body: "正文" };

/** What a section is called: its headings, or which part of the case it is. */
export function sectionName({ headings, part }) {
  return headings.join(" / ") || PARTS[part];
}
