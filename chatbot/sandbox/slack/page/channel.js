/** A channel: its header, its messages, its composer. */

import { avatar } from "./avatar.js";
import { composer } from "./composer.js";
import { make, refill } from "./element.js";
import { icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { humans, session } from "./route.js";
import { changed, roots, whispers, workspace } from "./store.js";
import { stream } from "./stream.js";
import { forgetNewLine, markRead, newLine } from "./unread.js";

const DISMISSED = "dismissed";
const page = document.getElementById("page");
let open = null;

const dismissed = () => new Set(JSON.parse(window.sessionStorage.getItem(DISMISSED) ?? "[]"));

/** Takes an ephemeral message out of sight; it stays away until the browser is closed. */
export function dismiss(channel, message) {
  window.sessionStorage.setItem(DISMISSED, JSON.stringify([...dismissed(), message.ts]));
  changed();
}

/** What only this person sees in a channel, or in one of its threads. */
export function seenAlone(channel, thread) {
  const gone = dismissed();
  return whispers(session.person, channel, thread).filter((message) => !gone.has(message.ts));
}

/** Two lists of messages as one, oldest first. */
export function merged(one, other) {
  return [...one, ...other].sort((left, right) => (left.ts < right.ts ? -1 : 1));
}

function header(channel) {
  const members = humans()
    .slice(0, 3)
    .map((person) => avatar(person.id, 22));
  const count = humans().length + (channel.bot_in ? 1 : 0);
  return make(
    "header",
    { class: "page-head" },
    make(
      "div",
      { class: "page-title" },
      make("h1", {}, icon(channel.archived ? "archive" : "hash", 18), channel.name),
      channel.topic && make("div", { class: "topic" }, ...mrkdwn(channel.topic)),
    ),
    channel.bot_in ? null : make("span", { class: "notice-pill" }, `${workspace.bot.name} is not in this channel`),
    make(
      "div",
      { class: "members", title: `${count} members` },
      make("span", { class: "faces" }, ...members),
      make("span", {}, String(count)),
      make("span", { class: "sr-only" }, "members"),
    ),
  );
}

function beginning(channel) {
  return make(
    "div",
    { class: "beginning" },
    make("h2", {}, icon("hash", 22), channel.name),
    make("p", {}, `This is the very beginning of the #${channel.name} channel.`),
  );
}

function foot(channel, writer) {
  if (channel.archived)
    return make("div", { class: "archived" }, `You are viewing #${channel.name}, an archived channel.`);
  return writer.element;
}

function build(channel) {
  const messages = stream(`Messages in #${channel.name}`);
  const writer = composer({
    channel: channel.id,
    placeholder: `Message #${channel.name}`,
    label: `Message #${channel.name}`,
    onsend: messages.toEnd,
  });
  const head = make("div");
  refill(page, head, messages.element, make("div", { class: "page-foot" }, foot(channel, writer)));
  return {
    key: `${session.person}/${channel.id}/${channel.archived}`,
    channel: channel.id,
    person: session.person,
    messages,
    writer,
    head,
    face: "",
    lead: beginning(channel),
  };
}

/** Draws the channel the person is in. */
export function showChannel() {
  const channel = workspace.channels.get(session.channel);
  if (!channel) {
    open = null;
    refill(page, make("div", { class: "empty" }, `There is no channel ${session.channel ?? ""} here.`));
    return;
  }
  if (open?.key !== `${session.person}/${channel.id}/${channel.archived}`) {
    if (open) forgetNewLine(open.person, open.channel);
    newLine(session.person, channel.id);
    open = build(channel);
    if (window.matchMedia("(min-width: 641px)").matches && !session.thread)
      open.writer.field.focus({ preventScroll: true });
  }
  const face = JSON.stringify([channel, workspace.bot.name, workspace.people.size]);
  if (face !== open.face) refill(open.head, header(channel));
  open.face = face;
  const alone = new Set(seenAlone(channel.id, undefined));
  open.messages.show(channel.id, merged(roots(channel.id), [...alone]), {
    inThread: false,
    news: newLine(session.person, channel.id),
    isWhisper: (message) => alone.has(message),
    dismiss,
    lead: open.lead,
  });
  if (!document.hidden) markRead(session.person, channel.id);
  if (session.spotlight && (session.thread ? true : open.messages.reveal(session.spotlight)))
    session.spotlight = session.thread ? session.spotlight : null;
}

/** Forgets the channel that was drawn: another view took the page. */
export function leaveChannel() {
  if (open) forgetNewLine(open.person, open.channel);
  open = null;
}
