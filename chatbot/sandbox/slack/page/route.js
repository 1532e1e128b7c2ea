/** Where the reader is: person, channel and thread, kept in the address so that a link or a reload brings it back. */

import { changed, isBot, messageAt, workspace } from "./store.js";

/** The place shown. `view` is "channel", "home" (the bot's Home tab) or "activity"; `spotlight` a ts to scroll to. */
export const session = { person: null, view: "channel", channel: null, thread: null, spotlight: null };

const PERSON = "person";

function parse(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const wanted = new URLSearchParams(query ?? "");
  const place = decodeURIComponent(path);
  const view = ["home", "activity"].includes(place) ? place : "channel";
  return {
    view,
    channel: view === "channel" ? place || null : null,
    thread: wanted.get("thread"),
    person: wanted.get("as"),
    spotlight: wanted.get("at"),
  };
}

function address({ view, channel, thread, person }) {
  const wanted = new URLSearchParams();
  if (person) wanted.set("as", person);
  if (thread) wanted.set("thread", thread);
  return `/#/${view === "channel" ? (channel ?? "") : view}?${wanted}`;
}

/** People one can be: the bot's own user is none of them. */
export function humans() {
  return [...workspace.people.values()].filter((person) => !isBot(person.id));
}

function someone(wanted) {
  const known = humans().map((person) => person.id);
  return (
    [wanted, session.person, window.localStorage.getItem(PERSON), known[0]].find((id) => known.includes(id)) ?? null
  );
}

function somewhere(wanted) {
  if (wanted && (workspace.channels.has(wanted) || workspace.messages.has(wanted))) return wanted;
  const channels = [...workspace.channels.values()].filter((channel) => !channel.id.startsWith("D"));
  return (channels.find((channel) => channel.bot_in && !channel.archived) ?? channels[0])?.id ?? null;
}

/** Reads the address; what it leaves open is filled in. */
export function arrive() {
  if (!workspace.ready) return;
  const linked = window.location.pathname.startsWith("/archives/") ? window.location.href : null;
  const wanted = parse(window.location.hash);
  const person = someone(wanted.person);
  const channel = wanted.view === "channel" ? somewhere(wanted.channel) : (session.channel ?? somewhere(null));
  Object.assign(session, wanted, { person, channel });
  window.history.replaceState(null, "", address(session));
  if (person) window.localStorage.setItem(PERSON, person);
  if (linked) followPermalink(linked);
  changed();
}

/** Goes somewhere: go({channel: "C1"}), go({thread: ts}), go({person: "U1"}), go({view: "home"}). */
export function go(target) {
  const moved = { ...session, spotlight: null, ...target };
  if (target.channel && !target.view) moved.view = "channel";
  if ((target.channel && target.channel !== session.channel) || (target.view && target.view !== session.view))
    moved.thread = target.thread ?? null;
  const before = address(session);
  Object.assign(session, moved);
  if (session.person) window.localStorage.setItem(PERSON, session.person);
  if (address(session) !== before) window.history.pushState(null, "", address(session));
  changed();
}

/** The address of a message, as `chat.getPermalink` gives it. */
export function permalink(channel, message) {
  const base = `${window.location.origin}/archives/${channel}/p${message.ts.replace(".", "")}`;
  const inThread = message.thread_ts && message.thread_ts !== message.ts;
  return inThread ? `${base}?thread_ts=${message.thread_ts}&cid=${channel}` : base;
}

/** Opens a permalink in place. False where the address is not one of this workspace. */
export function followPermalink(href) {
  const url = new URL(href, window.location.href);
  const found = /^\/archives\/([A-Z0-9]+)(?:\/p(\d+)(\d{6}))?\/?$/.exec(url.pathname);
  if (!found || url.origin !== window.location.origin) return false;
  const [, channel, seconds, fraction] = found;
  if (!seconds) {
    go({ channel });
    return true;
  }
  const ts = `${seconds}.${fraction}`;
  const thread = url.searchParams.get("thread_ts") ?? messageAt(channel, ts)?.thread_ts ?? null;
  go({ view: "channel", channel, thread: thread && thread !== ts ? thread : null, spotlight: ts });
  return true;
}

window.addEventListener("popstate", arrive);
window.addEventListener("hashchange", arrive);
document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href]");
  if (!anchor || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (anchor.dataset.channelLink) {
    event.preventDefault();
    go({ channel: anchor.dataset.channelLink });
  } else if (followPermalink(anchor.href)) {
    event.preventDefault();
  }
});
