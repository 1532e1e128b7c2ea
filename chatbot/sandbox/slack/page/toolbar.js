/** What can be done with a message: react, reply, run a message shortcut, copy. Shown on hover, focus and touch. */

import { emojiPicker } from "./emoji-picker.js";
import { make } from "./element.js";
import { emoji } from "./emoji.js";
import { icon } from "./icons.js";
import { openMenu } from "./popover.js";
import { go, permalink } from "./route.js";
import { workspace } from "./store.js";
import { toast } from "./toast.js";
import { act } from "./wire.js";

const QUICK = ["white_check_mark", "eyes", "raised_hands"];

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied.`);
  } catch {
    toast("The browser does not allow copying here.");
  }
}

function entries(channel, message) {
  const shortcuts = workspace.shortcuts.map((one) => ({
    label: one.name,
    detail: workspace.bot.name,
    run: () => act({ kind: "shortcut", callback_id: one.callback_id, channel, ts: message.ts }),
  }));
  return [
    ...shortcuts,
    shortcuts.length ? null : undefined,
    { label: "Copy link to message", run: () => copy(permalink(channel, message), "Link") },
    { label: "Copy text", run: () => copy(message.text ?? "", "Text") },
    { label: "Copy as JSON", run: () => copy(JSON.stringify(message, null, 2), "JSON") },
  ].filter((entry) => entry !== undefined);
}

function tool(label, picture, onclick, more = {}) {
  return make(
    "button",
    { type: "button", class: "tool", "aria-label": label, title: label, onclick, ...more },
    picture,
  );
}

/** The bar at the upper right of a message. */
export function toolbar(channel, message, inThread) {
  const react = (name) => act({ kind: "react", channel, ts: message.ts, name });
  const add = tool("Add reaction…", icon("smile", 18), () => emojiPicker(add, react), { "aria-haspopup": "dialog" });
  const menu = tool(
    "Message shortcuts",
    icon("dotsDown", 18),
    () => openMenu(menu, "Message shortcuts", entries(channel, message)),
    { "aria-haspopup": "menu" },
  );
  const reply = tool("Reply in thread", icon("reply", 18), () =>
    go({ view: "channel", channel, thread: message.thread_ts ?? message.ts }),
  );
  return make(
    "div",
    { class: "toolbar", role: "group", "aria-label": "Message actions" },
    ...QUICK.map((name) => tool(`React with ${name}`, emoji(name), () => react(name))),
    add,
    inThread ? null : reply,
    menu,
  );
}
