/** Short notices at the top of the page, read out by screen readers. */

import { icon } from "./icons.js";
import { make } from "./element.js";

const SHOWN = 8000;

/** Shows *text* for some seconds, above an open dialog too. What is already shown is not shown twice. */
export function toast(text) {
  if ([...document.querySelectorAll(".toast > span")].some((shown) => shown.textContent === text)) return;
  const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const shelf = document.getElementById("toasts");
  if (shelf.parentElement !== host) host.append(shelf);
  const note = make(
    "div",
    { class: "toast", role: "alert" },
    icon("alert"),
    make("span", {}, text),
    make(
      "button",
      { class: "plain", type: "button", "aria-label": "Dismiss notice", onclick: () => note.remove() },
      icon("close", 16),
    ),
  );
  shelf.append(note);
  window.setTimeout(() => note.remove(), SHOWN);
}

/** Takes the shelf of notices out of a dialog that is about to go. */
export function rescueToasts() {
  document.body.append(document.getElementById("toasts"));
}
