/** How people, groups, channels and everyone look inside a text. */

import { make } from "./element.js";
import { session } from "./route.js";
import { personName, workspace } from "./store.js";

function pill(text, mine, title) {
  return make("span", { class: mine ? "mention mine" : "mention", title }, text);
}

export function userMention(id, fallback) {
  const person = workspace.people.get(id);
  const name = person || !fallback ? personName(id) : fallback;
  return pill(`@${name}`, id === session.person, person?.name ? `${name} (${person.name})` : null);
}

export function groupMention(id, fallback) {
  const group = workspace.usergroups.get(id);
  const mine = (group?.members ?? []).includes(session.person);
  return pill(`@${(group?.handle ?? fallback ?? id).replace(/^@/, "")}`, mine, group?.name);
}

export function everyoneMention(range) {
  return pill(`@${range}`, true, null);
}

export function channelMention(id, fallback) {
  const channel = workspace.channels.get(id);
  const name = channel?.name ?? fallback ?? id;
  if (!channel) return make("span", { class: "mention" }, `#${name}`);
  return make("a", { class: "mention", href: `#/${id}`, "data-channel-link": id }, `#${name}`);
}
