// A choice of one among many, from a list that may change.

import { fill, h } from "./dom.js";

/** Fill a <select> with [value, name] pairs, 全部 before them, and choose a value, which need not be among them. */
export function choose(select, pairs, chosen) {
  const options = new Map([["", "全部"], ...(chosen ? [[chosen, chosen]] : []), ...pairs]);
  fill(select, [...options].map(([value, name]) => h("option", { value }, name)));
  select.value = chosen;
}
