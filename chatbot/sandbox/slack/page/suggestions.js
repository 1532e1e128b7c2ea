/** What the composer proposes while somebody types: commands after `/`, people after `@`, channels after `#`, emoji after `:`. */

import { avatar } from "./avatar.js";
import { freshId, make } from "./element.js";
import { EMOJI, emoji } from "./emoji.js";
import { icon } from "./icons.js";
import { humans } from "./route.js";
import { workspace } from "./store.js";

const LIMIT = 8;

function commands(typed) {
  const word = typed.split(/\s/)[0].toLowerCase();
  const exact = typed.includes(" ");
  return workspace.commands
    .filter((one) => (exact ? one.command === word : one.command.startsWith(word)))
    .map((one) => ({
      insert: `${one.command} `,
      hintOnly: exact || one.command === word,
      nodes: [
        make("span", { class: "command-mark" }, icon("slash", 18)),
        make(
          "span",
          { class: "suggestion-words" },
          make(
            "span",
            {},
            make("strong", {}, one.command),
            " ",
            make("span", { class: "usage" }, one.usage_hint ?? ""),
          ),
          make("span", { class: "menu-detail" }, one.description ?? ""),
        ),
      ],
      side: workspace.bot.name,
    }));
}

function people(typed) {
  const wanted = typed.toLowerCase();
  const named = humans()
    .filter((person) => `${person.name} ${person.real_name}`.toLowerCase().includes(wanted))
    .map((person) => ({
      insert: `@${person.name} `,
      nodes: [
        avatar(person.id, 24),
        make("strong", {}, person.real_name || person.name),
        make("span", { class: "menu-detail" }, person.name),
      ],
    }));
  const bots = workspace.bot.name.toLowerCase().includes(wanted)
    ? [
        {
          insert: `@${workspace.bot.name} `,
          nodes: [
            avatar(null, 24),
            make("strong", {}, workspace.bot.name),
            make("span", { class: "app-badge" }, "APP"),
          ],
        },
      ]
    : [];
  const groups = [...workspace.usergroups.values()]
    .filter((group) => group.handle.toLowerCase().includes(wanted))
    .map((group) => ({
      insert: `@${group.handle} `,
      nodes: [make("strong", {}, `@${group.handle}`), make("span", { class: "menu-detail" }, group.name)],
    }));
  return [...named, ...bots, ...groups];
}

function channels(typed) {
  return [...workspace.channels.values()]
    .filter((channel) => !channel.id.startsWith("D") && channel.name.includes(typed.toLowerCase()))
    .map((channel) => ({ insert: `#${channel.name} `, nodes: [make("strong", {}, `#${channel.name}`)] }));
}

function emojis(typed) {
  return Object.keys(EMOJI)
    .filter((name) => name.startsWith(typed.toLowerCase()))
    .map((name) => ({ insert: `:${name}: `, nodes: [emoji(name), make("span", {}, `:${name}:`)] }));
}

const KINDS = [
  { pattern: /^(\/\S*(?:\s[\s\S]*)?)$/, find: commands, whole: true, title: "Commands" },
  { pattern: /(?:^|\s)@([\w.-]*)$/, find: people, title: "People" },
  { pattern: /(?:^|\s)#([\w-]*)$/, find: channels, title: "Channels" },
  { pattern: /(?:^|\s):([a-z0-9_+-]{2,})$/, find: emojis, title: "Emoji" },
];

function lookUp(before) {
  for (const { pattern, find, whole, title } of KINDS) {
    const found = pattern.exec(before);
    const list = found ? find(found[1]).slice(0, LIMIT) : [];
    if (list.length) return { list, title, start: whole ? 0 : before.length - found[1].length - 1 };
  }
  return null;
}

/** Proposals for *field*: {element, refresh(), onKey(event)}; onKey says whether it used the key up. */
export function suggestions(field) {
  const id = freshId("suggestions");
  const element = make("div", { class: "suggestions", hidden: true });
  let now = null;
  let active = 0;

  const hide = () => {
    now = null;
    element.hidden = true;
    field.removeAttribute("aria-activedescendant");
  };
  const choose = (choice) => {
    const end = field.selectionStart;
    field.setRangeText(choice.insert, now.start, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
  function draw() {
    const rows = now.list.map((choice, index) =>
      make(
        "div",
        {
          role: "option",
          id: `${id}-${index}`,
          class: index === active && !choice.hintOnly ? "suggestion active" : "suggestion",
          "aria-selected": String(index === active),
          onpointerdown: (event) => {
            event.preventDefault();
            choose(choice);
          },
        },
        ...choice.nodes,
        choice.side && make("span", { class: "suggestion-side" }, choice.side),
      ),
    );
    const keys = now.list.some((choice) => !choice.hintOnly) ? "Tab or Enter to complete" : "Enter to send";
    element.replaceChildren(
      make("div", { class: "suggestions-head" }, make("span", {}, now.title), make("span", {}, keys)),
      make("div", { role: "listbox", id, "aria-label": now.title }, ...rows),
    );
    element.hidden = false;
    field.setAttribute("aria-controls", id);
    field.setAttribute("aria-activedescendant", `${id}-${active}`);
    rows[active]?.scrollIntoView({ block: "nearest" });
  }
  function refresh() {
    now = lookUp(field.value.slice(0, field.selectionStart));
    active = 0;
    if (now) draw();
    else hide();
  }
  function onKey(event) {
    if (!now) return false;
    const choice = now.list[active];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") hide();
    else if (step && now.list.length > 1) {
      active = (active + step + now.list.length) % now.list.length;
      draw();
    } else if (event.key === "Tab" && !choice.insert.startsWith(field.value.slice(now.start, field.selectionStart)))
      choose(choice);
    else if (
      (event.key === "Tab" || event.key === "Enter") &&
      !event.shiftKey &&
      (!choice.hintOnly || (event.key === "Tab" && !field.value.includes(" ")))
    )
      choose(choice);
    else return false;
    event.preventDefault();
    return true;
  }
  field.addEventListener("blur", hide);
  return { element, refresh, onKey, hide };
}
