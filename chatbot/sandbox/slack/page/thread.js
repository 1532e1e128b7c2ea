/** A thread in the panel on the right: its root, its replies, and a composer. */

import { dismiss, merged, seenAlone } from "./channel.js";
import { composer } from "./composer.js";
import { make, refill } from "./element.js";
import { icon } from "./icons.js";
import { go, session } from "./route.js";
import { messageAt, replies, workspace } from "./store.js";
import { stream } from "./stream.js";

const panel = document.getElementById("thread");
let open = null;

function header(channel) {
  return make(
    "header",
    { class: "page-head" },
    make(
      "div",
      { class: "page-title" },
      make("h1", {}, "Thread"),
      make("span", { class: "topic" }, `# ${channel?.name ?? ""}`),
    ),
    make(
      "button",
      { type: "button", class: "plain", "aria-label": "Close thread", onclick: () => go({ thread: null }) },
      icon("close"),
    ),
  );
}

function build(key) {
  const channel = workspace.channels.get(session.channel);
  const messages = stream("Messages in the thread");
  const writer = composer({
    channel: session.channel,
    thread: session.thread,
    placeholder: "Reply…",
    label: "Reply in thread",
    onsend: messages.toEnd,
  });
  const foot = channel?.archived ? make("div", { class: "archived" }, "This channel is archived.") : writer.element;
  refill(panel, header(channel), messages.element, make("div", { class: "page-foot" }, foot));
  return { key, messages, writer };
}

/** Draws the open thread, or hides the panel. */
export function showThread() {
  const shown = session.view === "channel" && Boolean(session.thread);
  panel.hidden = !shown;
  document.body.classList.toggle("thread-open", shown);
  if (!shown) {
    open = null;
    return;
  }
  const key = `${session.person}/${session.channel}/${session.thread}`;
  if (open?.key !== key) {
    open = build(key);
    if (window.matchMedia("(min-width: 641px)").matches && !session.spotlight)
      open.writer.field.focus({ preventScroll: true });
  }
  const root = messageAt(session.channel, session.thread);
  const alone = new Set(seenAlone(session.channel, session.thread));
  const below = merged(replies(session.channel, session.thread), [...alone]);
  const count = replies(session.channel, session.thread).length;
  open.messages.show(session.channel, [...(root ? [root] : []), ...below], {
    inThread: true,
    news: null,
    isWhisper: (message) => alone.has(message),
    dismiss,
    lead: root ? null : make("div", { class: "empty" }, "This thread's first message is gone."),
    afterFirst: root && count ? `${count} ${count === 1 ? "reply" : "replies"}` : null,
  });
  if (session.spotlight && open.messages.reveal(session.spotlight)) session.spotlight = null;
}
