/** What a select offers: people, channels, or the options the app gave. */

import { avatar } from "./avatar.js";
import { make } from "./element.js";
import { textNodes } from "./places.js";
import { humans } from "./route.js";
import { workspace } from "./store.js";

const words = (text) => (typeof text === "string" ? text : (text?.text ?? ""));

function personChoice(person) {
  const second =
    person.real_name && person.name !== person.real_name ? make("span", { class: "menu-detail" }, person.name) : null;
  return {
    key: person.id,
    text: `${person.real_name ?? ""} ${person.name ?? ""}`,
    name: person.real_name || person.name,
    nodes: [avatar(person.id, 20), make("span", { class: "menu-label" }, person.real_name || person.name), second],
  };
}

function channelChoice(channel) {
  return {
    key: channel.id,
    text: channel.name,
    name: `#${channel.name}`,
    nodes: [make("span", { class: "menu-label" }, `#${channel.name}`)],
  };
}

function optionChoice(option) {
  const detail = option.description ? make("span", { class: "menu-detail" }, ...textNodes(option.description)) : null;
  return {
    key: option.value,
    option,
    text: words(option.text),
    name: words(option.text),
    nodes: [make("span", { class: "menu-label" }, ...textNodes(option.text)), detail],
  };
}

const people = () => [{ label: null, choices: humans().map(personChoice) }];
const channels = () => [
  {
    label: null,
    choices: [...workspace.channels.values()]
      .filter((channel) => !channel.archived && !channel.id.startsWith("D"))
      .map(channelChoice),
  },
];

function conversations(spec) {
  const wanted = spec.filter?.include;
  const withPeople = !wanted || wanted.includes("im");
  return [...(!wanted || wanted.some((kind) => kind !== "im") ? channels() : []), ...(withPeople ? people() : [])];
}

function options(spec) {
  if (spec.option_groups)
    return spec.option_groups.map((group) => ({ label: words(group.label), choices: group.options.map(optionChoice) }));
  return [{ label: null, choices: (spec.options ?? []).map(optionChoice) }];
}

function external(spec) {
  const initial = [spec.initial_option, ...(spec.initial_options ?? [])].filter(Boolean);
  return [{ label: null, choices: initial.map(optionChoice) }];
}

/** By family: where the choices come from, the field that holds one chosen, and the one that holds several. */
export const FAMILIES = {
  users: {
    list: people,
    one: "selected_user",
    many: "selected_users",
    first: "initial_user",
    firsts: "initial_users",
    noun: "person",
  },
  conversations: {
    list: conversations,
    one: "selected_conversation",
    many: "selected_conversations",
    first: "initial_conversation",
    firsts: "initial_conversations",
    noun: "conversation",
  },
  channels: {
    list: channels,
    one: "selected_channel",
    many: "selected_channels",
    first: "initial_channel",
    firsts: "initial_channels",
    noun: "channel",
  },
  static: {
    list: options,
    one: "selected_option",
    many: "selected_options",
    first: "initial_option",
    firsts: "initial_options",
    noun: "option",
    whole: true,
  },
  external: {
    list: external,
    one: "selected_option",
    many: "selected_options",
    first: "initial_option",
    firsts: "initial_options",
    noun: "option",
    whole: true,
  },
};

/** The groups whose choices match what was typed; empty groups fall away. */
export function matching(groups, typed) {
  const wanted = typed.trim().toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      choices: group.choices.filter((choice) => choice.text.toLowerCase().includes(wanted)),
    }))
    .filter((group) => group.choices.length > 0);
}
