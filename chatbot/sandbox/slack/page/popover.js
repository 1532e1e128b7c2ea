/** Things that float beside what opened them: menus, pickers. One at a time; Escape and a click elsewhere close it. */

import { make } from "./element.js";

const GAP = 6;
let open = null;

/** Closes what floats; the focus goes back to what opened it. */
export function closePopover() {
  if (!open) return;
  const { box, anchor, onclose } = open;
  const hadFocus = box.contains(document.activeElement);
  open = null;
  box.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (hadFocus && anchor.isConnected) anchor.focus({ preventScroll: true });
  onclose?.();
}

function place(box, anchor, above) {
  const around = anchor.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const left = Math.max(8, Math.min(around.left, window.innerWidth - width - 8));
  const below = around.bottom + GAP;
  const fitsBelow = below + height < window.innerHeight - 8;
  const top =
    (above || !fitsBelow) && around.top - GAP - height > 8
      ? around.top - GAP - height
      : Math.max(8, Math.min(below, window.innerHeight - height - 8));
  box.style.setProperty("left", `${left}px`);
  box.style.setProperty("top", `${top}px`);
}

/** Floats *content* beside *anchor*. Pressing the anchor again closes it. */
export function openPopover(anchor, content, { above = false, onclose = null, className = "" } = {}) {
  const again = open?.anchor === anchor;
  closePopover();
  if (again) return null;
  const box = make("div", { class: `popover ${className}` }, content);
  (anchor.closest("dialog") ?? document.getElementById("layer")).append(box);
  anchor.setAttribute("aria-expanded", "true");
  open = { box, anchor, onclose };
  place(box, anchor, above);
  (box.querySelector("[autofocus], input") ?? box.querySelector("button"))?.focus({ preventScroll: true });
  return box;
}

/** Moves the focus among *nodes* with the arrow keys, Home and End. */
export function arrowKeys(event, nodes) {
  const index = nodes.indexOf(document.activeElement);
  const target = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: nodes.length - 1 }[event.key];
  if (target === undefined || nodes.length === 0) return;
  event.preventDefault();
  nodes.at(target % nodes.length).focus();
}

/** A menu of {label, detail?, checked?, danger?, href?, picture?, run}; null draws a line. */
export function openMenu(anchor, label, entries, options = {}) {
  const rows = entries.map((entry) => (entry ? menuRow(entry) : make("hr", { role: "separator" })));
  const menu = make("div", { role: "menu", "aria-label": label, class: "menu" }, ...rows);
  menu.addEventListener("keydown", (event) => arrowKeys(event, [...menu.querySelectorAll("[role^=menuitem]")]));
  return openPopover(anchor, menu, options);
}

function menuRow({ label, detail, checked, danger, href, picture, run }) {
  const pick = () => {
    closePopover();
    run?.();
  };
  const body = [
    picture,
    make("span", { class: "menu-label" }, label),
    detail && make("span", { class: "menu-detail" }, detail),
  ];
  const shared = { class: danger ? "menu-row danger" : "menu-row", tabindex: "-1", onclick: pick };
  if (href)
    return make("a", { ...shared, role: "menuitem", href, target: "_blank", rel: "noopener noreferrer" }, ...body);
  const role = checked === undefined ? "menuitem" : "menuitemradio";
  return make(
    "button",
    { ...shared, type: "button", role, "aria-checked": checked === undefined ? null : String(checked) },
    ...body,
  );
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.box.contains(event.target) && !open.anchor.contains(event.target)) closePopover();
});
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    event.stopPropagation();
    closePopover();
  },
  true,
);
window.addEventListener("resize", () => {
  if (open?.anchor.isConnected) place(open.box, open.anchor, false);
});
