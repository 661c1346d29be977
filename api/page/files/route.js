// The address is the state: what is shown follows from it, and from nothing else.

import { h } from "./dom.js";

const listeners = [];

/** Where we are: the path, and its parameters. */
export function here() {
  return { path: location.pathname, params: new URLSearchParams(location.search) };
}

/** An address of this page; a value may be a list, empty ones are left out. */
export function address(path, values = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const each of [value].flat()) if (each !== "" && each !== null && each !== undefined) params.append(name, each);
  }
  const query = params.toString();
  return query ? `${path}?${query}` : path;
}

/** The address of here with some parameters changed; null takes one away. */
export function changed(values) {
  const { path, params } = here();
  for (const [name, value] of Object.entries(values)) {
    params.delete(name);
    for (const each of [value].flat()) if (each !== "" && each !== null && each !== undefined) params.append(name, each);
  }
  const query = params.toString();
  return query ? `${path}?${query}` : path;
}

/** Go to an address; `replace` keeps the way back as it was. */
export function go(to, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", to);
  listeners.forEach((listener) => listener());
}

/** Call a function whenever the address is another one; with true where that is the way back, or forward again. */
export function onChange(listener) {
  listeners.push(listener);
}

addEventListener("popstate", () => listeners.forEach((listener) => listener(true)));

addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href]");
  if (!anchor || !isPlain(event) || event.defaultPrevented || anchor.target || anchor.hasAttribute("download")) return;
  const to = new URL(anchor.href);
  if (to.origin !== location.origin || to.hash || !isOurs(to.pathname)) return;
  event.preventDefault();
  if (to.href !== location.href) go(to.pathname + to.search);
});

function isPlain(event) {
  return event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
}

/** A link that changes some parameters of wherever we are when it is followed; `values` may be a function of them. */
export function stateLink(values, attributes, ...children) {
  const to = () => changed(typeof values === "function" ? values(here().params) : values);
  const onclick = (event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    go(to());
  };
  return h("a", { href: to(), onclick, ...attributes }, ...children);
}

/** Whether a path is one of the page's own views, not of the API's. */
export function isOurs(path) {
  return ["/", "/compare", "/browse", "/read", "/import"].includes(path) || path.startsWith("/passages/");
}
