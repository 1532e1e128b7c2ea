/** Makes DOM nodes. Text only ever becomes text nodes, so nothing written by others can come alive as markup. */

const SVG = "http://www.w3.org/2000/svg";
const ABSENT = new Set([undefined, null, false, ""]);
let lastId = 0;

function dress(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else if (name === "style") Object.entries(value).forEach(([key, setting]) => node.style.setProperty(key, setting));
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => !ABSENT.has(child)));
  return node;
}

/** make("button", {class: "x", onclick: press}, "Label", node, [more]) */
export function make(tag, attributes, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function draw(tag, attributes, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

/** An id no other element on the page has. */
export function freshId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

/** The address where it is one that may be followed, else null: `javascript:` and its like never become links. */
export function safeUrl(address) {
  try {
    const url = new URL(address, window.location.href);
    return ["http:", "https:", "mailto:", "tel:", "slack:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link to an absolute address, or plain text where the address is not one that is safe to follow. */
export function link(address, ...children) {
  const href = /^[a-z]+:/i.test(address ?? "") ? safeUrl(address) : null;
  if (!href) return make("span", {}, ...children);
  const here = href.startsWith(`${window.location.origin}/archives/`);
  return make("a", { href, target: here ? null : "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Puts *nodes* into *container*; whatever had the focus and has a `data-key` gets it back. */
export function refill(container, ...nodes) {
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  container.replaceChildren(...nodes.flat(Infinity).filter((node) => !ABSENT.has(node)));
  if (focused) container.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}
