/** Dialogs: the native element keeps the focus inside and the page behind it still. */

import { freshId, make } from "./element.js";
import { icon } from "./icons.js";
import { closePopover } from "./popover.js";
import { rescueToasts } from "./toast.js";

/** Opens a dialog called *title*. *onclose* runs when the person closes it (button, Escape), not when code does. */
export function openDialog({ title, picture, body, footer, className, onclose, onsubmit }) {
  const name = freshId("dialog");
  const heading = make("h2", { id: name, tabindex: "-1" }, title);
  const dialog = make("dialog", { class: `dialog ${className ?? ""}`, "aria-labelledby": name });
  const dismiss = () => {
    closeDialog(dialog);
    onclose?.();
  };
  const form = make(
    "form",
    { method: "dialog", novalidate: true },
    make(
      "header",
      {},
      picture,
      heading,
      make("button", { class: "plain", type: "button", "aria-label": "Dismiss", onclick: dismiss }, icon("close")),
    ),
    make("div", { class: "dialog-body" }, body),
    footer && make("footer", {}, footer),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onsubmit?.();
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dismiss();
  });
  dialog.append(form);
  document.body.append(dialog);
  closePopover();
  dialog.showModal();
  return dialog;
}

/** Takes a dialog away. */
export function closeDialog(dialog) {
  closePopover();
  if (dialog.contains(document.getElementById("toasts"))) rescueToasts();
  dialog.close();
  dialog.remove();
}

/** Slack's confirm object as a question; resolves to true or false. */
export function confirmed({ title, text, confirm, deny, style }, render) {
  return new Promise((resolve) => {
    let dialog = null;
    const answer = (yes) => () => {
      if (dialog.isConnected) closeDialog(dialog);
      resolve(yes);
    };
    const footer = [
      make("button", { class: "button", type: "button", onclick: answer(false) }, deny?.text ?? "Cancel"),
      make(
        "button",
        { class: `button ${style === "danger" ? "danger" : "primary"}`, type: "button", onclick: answer(true) },
        confirm?.text ?? "Yes",
      ),
    ];
    dialog = openDialog({
      title: title?.text ?? "Are you sure?",
      body: render(text),
      footer,
      className: "small",
      onclose: () => resolve(false),
      onsubmit: answer(true),
    });
    footer[1].focus();
  });
}
