// Elements are made here and nowhere else. Text only ever becomes text nodes: no string is parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: h("a", { class: "link", href: "/", onclick: f }, "text", node, [more]); null and false are left out. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for drawings. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...shown(children));
  return element;
}

/** Replace all that a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...shown(children));
  return node;
}

function shown(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** A button with a name; `attributes` as in h. */
export function button(name, onclick, attributes = {}) {
  return h("button", { type: "button", class: "button", onclick, ...attributes }, name);
}

/** An internal link: followed without loading the page anew. */
export function link(href, attributes, ...children) {
  return h("a", { href, ...attributes }, ...children);
}

/** Tell something in passing: copied, saved, could not be done. Read aloud by screen readers. */
export function tell(text) {
  const place = document.getElementById("said");
  const said = h("p", {}, text);
  fill(place, said);
  setTimeout(() => said.remove(), 4000);
}

/** Have a screen reader say what has come, without showing it again. */
export function announce(text) {
  document.getElementById("heard").textContent = text;
}

/** What stands where something could not be shown, and a way to try again. */
export function trouble(error, again) {
  return h(
    "div",
    { class: "notice notice-bad", role: "alert" },
    h("p", {}, error.message),
    again && button("再试一次", again),
  );
}

/** A number of bytes, seconds or pieces as people read it: 1,234,567.8. */
export function number(value) {
  return value.toLocaleString("zh-CN", { maximumFractionDigits: 4 });
}
