/** One message as Slack shows it: picture, name, time, what it says, its files, reactions and thread. */

import { attachmentElement } from "./attachments.js";
import { avatar } from "./avatar.js";
import { blocks } from "./blocks.js";
import { ago, clock, dateOf, fullTime } from "./dates.js";
import { make } from "./element.js";
import { emoji } from "./emoji.js";
import { fileElement } from "./files.js";
import { icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { messagePlace } from "./places.js";
import { go, permalink, session } from "./route.js";
import { personName, replies, workspace } from "./store.js";
import { toolbar } from "./toolbar.js";
import { act } from "./wire.js";

/** Whether an app wrote it. */
export const byApp = (message) => Boolean(message.bot_id);

/** The name shown above a message. */
export function author(message) {
  if (message.username) return message.username;
  if (message.subtype === "tombstone") return "";
  return byApp(message) ? (message.bot_profile?.name ?? workspace.bot.name) : personName(message.user ?? "");
}

const pictureOf = (message, size) => avatar(byApp(message) ? null : (message.user ?? ""), size);

function said(channel, message) {
  const place = messagePlace(channel, message);
  const edited = message.edited && !message.blocks?.length ? make("small", { class: "edited" }, " (edited)") : null;
  const own = message.blocks?.length
    ? blocks(message.blocks, place)
    : message.text && make("div", { class: "text" }, ...mrkdwn(message.text), edited);
  return [
    own,
    ...(message.attachments ?? []).map((one) => attachmentElement(one, place)),
    ...(message.files ?? []).map(fileElement),
  ];
}

function reactions(channel, message) {
  if (!message.reactions?.length) return null;
  return make(
    "div",
    { class: "reactions" },
    ...message.reactions.map(({ name, users, count }) => {
      const mine = (users ?? []).includes(session.person);
      const who = (users ?? []).map((id) => (id === session.person ? "you" : personName(id))).join(", ");
      return make(
        "button",
        {
          type: "button",
          class: mine ? "reaction mine" : "reaction",
          "aria-pressed": String(mine),
          title: `${who} reacted with :${name}:`,
          "aria-label": `${count ?? users.length} reacted with ${name}`,
          onclick: () => act({ kind: "react", channel, ts: message.ts, name }),
        },
        emoji(name) ?? `:${name}:`,
        make("span", { class: "count" }, String(count ?? users.length)),
      );
    }),
  );
}

function threadBar(channel, message) {
  const list = replies(channel, message.ts);
  if (!list.length) return null;
  const faces = [...new Map(list.map((reply) => [byApp(reply) ? null : reply.user, reply])).values()].slice(0, 5);
  const count = `${list.length} ${list.length === 1 ? "reply" : "replies"}`;
  return make(
    "button",
    {
      type: "button",
      class: "thread-bar",
      "data-key": `thread-${message.ts}`,
      onclick: () => go({ view: "channel", channel, thread: message.ts }),
    },
    make("span", { class: "faces" }, ...faces.map((reply) => pictureOf(reply, 24))),
    make("span", { class: "thread-count" }, count),
    make(
      "span",
      { class: "thread-last" },
      make("span", { class: "thread-when" }, "Last reply ", lastTime(list.at(-1).ts)),
      make("span", { class: "thread-view" }, "View thread"),
    ),
    make("span", { class: "thread-arrow" }, icon("right", 16)),
  );
}

const lastTime = (ts) =>
  make("time", { datetime: dateOf(ts).toISOString(), "data-template": "{ago}", title: fullTime(ts) }, ago(dateOf(ts)));

function timeLink(channel, message, short) {
  const text = clock(dateOf(message.ts));
  return make(
    "a",
    {
      class: "when",
      href: permalink(channel, message),
      title: fullTime(message.ts),
      "aria-label": fullTime(message.ts),
    },
    make("time", { datetime: dateOf(message.ts).toISOString() }, short ? text.replace(/ [AP]M$/, "") : text),
  );
}

function heading(channel, message) {
  return make(
    "div",
    { class: "message-head" },
    make("span", { class: "author" }, author(message)),
    byApp(message) && make("span", { class: "app-badge" }, "APP"),
    timeLink(channel, message, false),
  );
}

function only(channel, message, dismiss) {
  return make(
    "div",
    { class: "only-you" },
    icon("eye", 14),
    make("span", {}, "Only visible to you"),
    make("span", { "aria-hidden": "true" }, "·"),
    make(
      "button",
      {
        type: "button",
        class: "plain link-like",
        "aria-label": "Dismiss message",
        onclick: () => dismiss(channel, message),
      },
      "Dismiss",
    ),
  );
}

/**
 * A message as an article with `data-ts` and `data-channel`.
 * compact: it goes on where the same author's last one ended; inThread: no thread bar; dismiss: it is ephemeral, and this takes it away.
 */
export function messageElement(channel, message, { compact = false, inThread = false, dismiss = null } = {}) {
  if (message.subtype === "tombstone") return tombstone(channel, message, inThread);
  const brief = compact && !dismiss;
  const broadcast = message.subtype === "thread_broadcast" && !inThread;
  const body = make(
    "div",
    { class: "message-body" },
    dismiss && only(channel, message, dismiss),
    broadcast &&
      make(
        "button",
        { type: "button", class: "plain link-like broadcast", onclick: () => go({ thread: message.thread_ts }) },
        "replied to a thread",
      ),
    !brief && heading(channel, message),
    ...said(channel, message),
    reactions(channel, message),
    !inThread && threadBar(channel, message),
  );
  const gutter = make("div", { class: "gutter" }, brief ? timeLink(channel, message, true) : pictureOf(message, 36));
  return make(
    "article",
    {
      class: `message ${brief ? "compact" : ""} ${dismiss ? "ephemeral" : ""}`,
      "data-ts": message.ts,
      "data-channel": channel,
      tabindex: "-1",
      "aria-label": `${author(message)}${byApp(message) ? " (app)" : ""}, ${fullTime(message.ts)}`,
    },
    gutter,
    body,
    dismiss ? null : toolbar(channel, message, inThread),
  );
}

function tombstone(channel, message, inThread) {
  return make(
    "article",
    {
      class: "message tombstone",
      "data-ts": message.ts,
      "data-channel": channel,
      tabindex: "-1",
      "aria-label": "Deleted message",
    },
    make("div", { class: "gutter" }),
    make(
      "div",
      { class: "message-body" },
      make("em", {}, "This message was deleted."),
      !inThread && threadBar(channel, message),
    ),
  );
}
