/** Where blocks stand (a message, a modal, a Home tab) and how what is done in them gets to the app. */

import { confirmed } from "./dialog.js";
import { make } from "./element.js";
import { plainText } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { messageAt } from "./store.js";
import { act } from "./wire.js";

/** A text object: mrkdwn or plain_text. */
export function textNodes(text) {
  if (!text) return [];
  if (typeof text === "string") return mrkdwn(text);
  return text.type === "plain_text" ? plainText(text.text ?? "", text.emoji !== false) : mrkdwn(text.text);
}

/** Blocks in a message of *channel*. */
export function messagePlace(channel, message) {
  return { kind: "message", target: { channel, ts: message.ts }, form: null, blockId: null, quiet: false };
}

/** Blocks in a view; *form* (block id to action id to state) remembers what is typed and chosen. */
export function viewPlace(kind, view, form) {
  return { kind, target: { view_id: view.id }, form, blockId: null, quiet: false };
}

/** The same place inside one block; a *quiet* one tells the app nothing before it is submitted. */
export function inBlock(place, blockId, { quiet = false, label = null, blockHint = null } = {}) {
  return { ...place, blockId, quiet, label, blockHint };
}

/** Remembers an element's state in its view. */
export function remember(place, spec, state) {
  if (!place.form || !spec.action_id) return;
  const block = place.form.get(place.blockId) ?? new Map();
  block.set(spec.action_id, { type: spec.type, ...state });
  place.form.set(place.blockId, block);
}

/** What was chosen or typed before the view was drawn again, or *initial*. */
export function recall(place, spec, initial) {
  const kept = place.form?.get(place.blockId)?.get(spec.action_id);
  return kept && kept.type === spec.type ? kept : initial;
}

/** A message edited while a menu was open has new block ids: the same action is then found in its new block. */
function presentBlock(place, spec) {
  if (place.kind !== "message") return place.blockId;
  const message = messageAt(place.target.channel, place.target.ts);
  const blocks = [
    ...(message?.blocks ?? []),
    ...(message?.attachments ?? []).flatMap((attachment) => attachment.blocks ?? []),
  ];
  if (!message || blocks.some((block) => block.block_id === place.blockId)) return place.blockId;
  const holds = (block) =>
    [...(block.elements ?? []), block.accessory, block.element].some(
      (element) => element?.action_id === spec.action_id,
    );
  return blocks.find(holds)?.block_id ?? place.blockId;
}

/** Tells the app that an element was used, after asking where it wants that; *control* shows that it is under way. False where the person said no. */
export async function use(place, spec, state, control) {
  if (control?.getAttribute("aria-busy") === "true") return false;
  if (spec.confirm && !(await confirmed(spec.confirm, (text) => make("div", { class: "text" }, ...textNodes(text)))))
    return false;
  if (spec.type !== "button" && spec.type !== "overflow") remember(place, spec, state);
  if (place.quiet) return true;
  control?.setAttribute("aria-busy", "true");
  await act({
    kind: "click",
    ...place.target,
    block_id: presentBlock(place, spec),
    action_id: spec.action_id,
    ...state,
  });
  control?.removeAttribute("aria-busy");
  return true;
}
