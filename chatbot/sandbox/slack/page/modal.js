/** Modals: the view the bot has open for this person, what is filled in, and what it says about that. */

import { avatar } from "./avatar.js";
import { blocks } from "./blocks.js";
import { closeDialog, openDialog } from "./dialog.js";
import { make, refill } from "./element.js";
import { viewPlace } from "./places.js";
import { session } from "./route.js";
import { workspace } from "./store.js";
import { act } from "./wire.js";

let open = null;

/** The form as Slack's `view.state.values`. */
function values(form) {
  return Object.fromEntries([...form].map(([block, actions]) => [block, Object.fromEntries(actions)]));
}

const EMPTY = { value: (one) => !one, other: (one) => one === null || one === undefined || one.length === 0 };

function isEmpty(state) {
  return Object.entries(state)
    .filter(([key]) => key !== "type")
    .every(([key, one]) => (EMPTY[key] ?? EMPTY.other)(one));
}

const CHECKS = {
  plain_text_input: ({ value }, { min_length: shortest, max_length: longest }) =>
    (value && shortest && value.length < shortest && `Use at least ${shortest} characters.`) ||
    (value && longest && value.length > longest && `Use at most ${longest} characters.`),
  number_input: ({ value }, spec) =>
    (value && Number.isNaN(Number(value)) && "Enter a number.") ||
    (value &&
      spec.min_value !== undefined &&
      Number(value) < Number(spec.min_value) &&
      `Enter at least ${spec.min_value}.`) ||
    (value &&
      spec.max_value !== undefined &&
      Number(value) > Number(spec.max_value) &&
      `Enter at most ${spec.max_value}.`) ||
    (value && !spec.is_decimal_allowed && !/^-?\d+$/.test(value) && "Enter a whole number."),
  email_text_input: ({ value }) => value && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) && "Enter an email address.",
  url_text_input: ({ value }) =>
    value && !/^https?:\/\/\S+$/.test(value) && "Enter a link that begins with http:// or https://.",
};

/** What Slack itself finds wrong, by block, before the app hears of it. */
function problems(view, form) {
  const found = {};
  for (const block of view.blocks ?? []) {
    if (block.type !== "input") continue;
    const state = form.get(block.block_id)?.get(block.element.action_id);
    if (!state || isEmpty(state)) {
      if (!block.optional) found[block.block_id] = "Please complete this required field.";
    } else {
      const problem = CHECKS[block.element.type]?.(state, block.element);
      if (problem) found[block.block_id] = problem;
    }
  }
  return found;
}

function showErrors(errors) {
  for (const box of open.dialog.querySelectorAll(".block.input")) {
    const text = errors[box.dataset.block] ?? "";
    box.classList.toggle("wrong", text !== "");
    box.querySelector(".input-error").textContent = text;
    box.querySelector(".field, .select, input")?.setAttribute("aria-invalid", String(text !== ""));
  }
  open.dialog.querySelector(".block.input.wrong")?.querySelector(".field, .select, input")?.focus();
}

async function submit() {
  const { view, form, dialog } = open;
  const button = dialog.querySelector(".submit");
  if (!button || button.getAttribute("aria-busy") === "true") return;
  const wrong = problems(view, form);
  showErrors(wrong);
  if (Object.keys(wrong).length) return;
  button.setAttribute("aria-busy", "true");
  const answer = await act({ kind: "submit", view_id: view.id, values: values(form) });
  button.removeAttribute("aria-busy");
  if (answer.errors && open?.view.id === view.id) showErrors(answer.errors);
}

function footer(view) {
  return [
    make("button", { type: "button", class: "button", onclick: () => cancel() }, view.close?.text ?? "Cancel"),
    view.submit && make("button", { type: "submit", class: "button primary submit" }, view.submit.text),
  ];
}

function cancel() {
  if (!open) return;
  const { view, dialog } = open;
  open = null;
  workspace.modals.set(session.person, null);
  if (dialog.isConnected) closeDialog(dialog);
  act({ kind: "close", view_id: view.id });
}

function fill() {
  const { view, form, dialog } = open;
  dialog.querySelector("h2").textContent = view.title?.text ?? "";
  refill(dialog.querySelector(".dialog-body"), blocks(view.blocks, viewPlace("modal", view, form)));
  refill(dialog.querySelector("footer"), ...footer(view));
  if (view.errors && Object.keys(view.errors).length) showErrors(view.errors);
}

function begin(view) {
  const dialog = openDialog({
    title: view.title?.text ?? "",
    picture: avatar(null, 24),
    body: [],
    footer: [make("span")],
    className: "modal",
    onclose: cancel,
    onsubmit: submit,
  });
  open = { view, person: session.person, form: new Map(), dialog };
  fill();
  const first =
    dialog.querySelector("[autofocus]") ??
    dialog.querySelector(".dialog-body :is(input, textarea, .select)") ??
    dialog.querySelector("h2");
  first.focus();
}

function drop() {
  const { dialog } = open;
  open = null;
  closeDialog(dialog);
}

/** Draws the person's modal, if there is one. What was typed stays through an update, as in Slack. */
export function showModal() {
  const view = workspace.modals.get(session.person) ?? null;
  if (open && (!view || open.person !== session.person || open.view.id !== view.id)) drop();
  if (!view) return;
  if (!open) begin(view);
  else if (open.view !== view) {
    open.view = view;
    const kept = new Set((view.blocks ?? []).map((block) => block.block_id));
    [...open.form.keys()].filter((block) => !kept.has(block)).forEach((block) => open.form.delete(block));
    fill();
  }
}
