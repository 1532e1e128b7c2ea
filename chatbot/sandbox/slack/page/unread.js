/** What a person has not read yet, and who is mentioned where. Remembered in the browser, per person and channel. */

import { everything, roots, workspace } from "./store.js";

const MENTION =
  /<@([UW][A-Z0-9]+)|<!subteam\^(S[A-Z0-9]+)|<!(here|channel|everyone)|"(?:user_id|usergroup_id|range)":"(\w+)"/g;
const firstSeen = new Map();
const mentioned = new Map();

const key = (person, channel) => `read/${person}/${channel}`;

function tokens(message) {
  const text = JSON.stringify([message.text ?? "", message.blocks ?? [], message.attachments ?? []]);
  return new Set([...text.matchAll(MENTION)].map((found) => found[1] ?? found[2] ?? found[3] ?? found[4]));
}

/** Whom a message pinged when it was new: an edit pings nobody. */
function pings(channel, message) {
  const place = `${channel}/${message.ts}`;
  if (!mentioned.has(place)) mentioned.set(place, message.edited ? new Set() : tokens(message));
  return mentioned.get(place);
}

function groupsOf(person) {
  return [...workspace.usergroups.values()]
    .filter((group) => (group.members ?? []).includes(person))
    .map((group) => group.id);
}

/** Whether a message, as first posted, was meant for *person*. */
export function mentions(person, channel, message) {
  if (message.user === person) return false;
  const found = pings(channel, message);
  return [person, ...groupsOf(person), "here", "channel", "everyone"].some((token) => found.has(token));
}

/** The ts up to which *person* has read *channel*; "0" where never opened. */
export function readUpTo(person, channel) {
  return window.localStorage.getItem(key(person, channel)) ?? "0";
}

/** Marks all of *channel* read by *person*. */
export function markRead(person, channel) {
  const newest = everything(channel).at(-1)?.ts;
  if (newest && newest > readUpTo(person, channel)) window.localStorage.setItem(key(person, channel), newest);
}

/** {after, until}: what was unread in *channel* when *person* came in; the "New" line stands before the first of it. */
export function newLine(person, channel) {
  const place = key(person, channel);
  if (!firstSeen.has(place))
    firstSeen.set(place, { after: readUpTo(person, channel), until: everything(channel).at(-1)?.ts ?? "0" });
  return firstSeen.get(place);
}

/** Moves the "New" line down: the person left the channel. */
export function forgetNewLine(person, channel) {
  firstSeen.delete(key(person, channel));
}

/** {fresh, mentions}: how many messages are new in the channel itself, and how often the person is named in it. */
export function unread(person, channel) {
  const since = readUpTo(person, channel);
  const fresh = roots(channel).filter((message) => message.ts > since && message.user !== person).length;
  const count = everything(channel).filter(
    (message) => message.ts > since && mentions(person, channel, message),
  ).length;
  return { fresh, mentions: count };
}

/** The latest messages that mention a person, newest first, as {channel, message}. */
export function activity(person, limit = 50) {
  const found = [...workspace.messages.keys()].flatMap((channel) =>
    everything(channel)
      .filter((message) => mentions(person, channel, message))
      .map((message) => ({ channel, message })),
  );
  return found.sort((one, other) => (one.message.ts < other.message.ts ? 1 : -1)).slice(0, limit);
}
