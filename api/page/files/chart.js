// Figures that may be compared, drawn as bars; which they are, the server decides.

import { h, number } from "./dom.js";
import { stateLink } from "./route.js";

const SHOWN_AT_FIRST = 2;

/** The charts of a comparison; null where no figures may be compared. */
export function charts(found) {
  if (!found?.length) return null;
  const [first, rest] = [found.slice(0, SHOWN_AT_FIRST), found.slice(SHOWN_AT_FIRST)];
  return h(
    "section",
    { class: "charts", "aria-label": "可比的数据" },
    chartRow(first),
    rest.length > 0 && h("details", { class: "more" }, h("summary", {}, `更多可比的数据（${rest.length}）`), chartRow(rest)),
  );
}

function chartRow(found) {
  return h("div", { class: "chart-row" }, found.map(chart));
}

function chart({ indicator, unit, comparison, planned, bars }) {
  const of = [comparison && `比${comparison}`, planned && "目标"].filter(Boolean).join("，");
  const scale = scaleOf(bars.map((bar) => bar.value));
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, `${indicator}（${unit}）`, of && h("span", { class: "chart-of" }, of)),
    h("ol", {}, bars.map((each) => h("li", {}, bar(each, unit, scale, bars)))),
  );
}

/** What all bars of a chart are measured by: from the least value, or zero, to the greatest, or zero. */
function scaleOf(values) {
  const least = Math.min(0, ...values);
  const length = Math.max(0, ...values) - least || 1;
  return { from: (value) => ((Math.min(value, 0) - least) / length) * 100, size: (value) => (Math.abs(value) / length) * 100 };
}

function bar(each, unit, scale, bars) {
  const drawn = h("span", { class: each.value < 0 ? "bar bar-below" : "bar" });
  drawn.style.setProperty("--from", `${scale.from(each.value)}%`);
  drawn.style.setProperty("--size", `${scale.size(each.value)}%`);
  // As printed, unless the text counts another unit than the chart does.
  const count = h("span", { class: "bar-value" }, each.converted ? `${number(each.value)}${unit}` : each.text);
  const printed = each.converted && h("span", { class: "bar-time" }, `原文 ${each.text}`);
  return stateLink(
    { open: each.passage_id, at: `${each.start}-${each.end}` },
    { class: "bar-link", title: "看原文" },
    h("span", { class: "bar-place" }, nameOf(each, bars), each.time && h("span", { class: "bar-time" }, each.time)),
    h("span", { class: "bar-track", "aria-hidden": "true" }, drawn),
    h("span", { class: "bar-count" }, count, printed),
  );
}

/** The place of a bar, and its case where another bar is of the same place. */
function nameOf(each, bars) {
  const isAlone = bars.filter((other) => other.place === each.place).length === 1;
  if (!each.place) return each.title;
  return isAlone || each.case_number === null ? each.place : `${each.place}（第${each.case_number}篇）`;
}
