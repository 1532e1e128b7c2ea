/** Search: channels by name, and messages by the words in them. */

import { author } from "./message.js";
import { fullTime } from "./dates.js";
import { freshId, make } from "./element.js";
import { followPermalink, go, permalink } from "./route.js";
import { everything, workspace } from "./store.js";

const FOUND = 12;

/** Everything readable in a message, in one line. */
export function words(message) {
  const seen = [];
  const walk = (value, key) => {
    if (typeof value === "string" && ["text", "title", "caption", "name"].includes(key)) seen.push(value);
    else if (Array.isArray(value)) value.forEach((one) => walk(one, key));
    else if (value && typeof value === "object") Object.entries(value).forEach(([name, one]) => walk(one, name));
  };
  walk({ text: message.text, blocks: message.blocks ?? [], attachments: message.attachments ?? [] }, "");
  return seen
    .join(" ")
    .replace(/<[^|>]*\|([^>]*)>/g, "$1")
    .replace(/\s+/g, " ");
}

function hits(typed) {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (text) => wanted.every((word) => text.toLowerCase().includes(word));
  const channels = [...workspace.channels.values()]
    .filter((channel) => !channel.id.startsWith("D") && has(channel.name))
    .map((channel) => ({ label: `#${channel.name}`, detail: channel.topic, run: () => go({ channel: channel.id }) }));
  const messages = [...workspace.channels.values()]
    .flatMap((channel) => everything(channel.id).map((message) => ({ channel, message, text: words(message) })))
    .filter(({ text }) => has(text))
    .sort((one, other) => (one.message.ts < other.message.ts ? 1 : -1))
    .slice(0, FOUND)
    .map(({ channel, message, text }) => ({
      label: (message.text || text).replace(/<[^|>]*\|([^>]*)>/g, "$1").slice(0, 110),
      detail: `${author(message)} in #${channel.name}, ${fullTime(message.ts)}`,
      run: () => followPermalink(permalink(channel.id, message)),
    }));
  return [...channels, ...messages];
}

/** The search box: {element}. */
export function searchBox() {
  const id = freshId("found");
  const list = make("div", { class: "search-found", role: "listbox", id, "aria-label": "Found", hidden: true });
  const field = make("input", {
    type: "search",
    class: "search-field",
    placeholder: "Search channels and messages",
    "aria-label": "Search channels and messages",
    "aria-controls": id,
    autocomplete: "off",
  });
  let found = [];
  let active = 0;
  const close = () => {
    list.hidden = true;
  };
  const run = (hit) => {
    field.value = "";
    close();
    field.blur();
    hit?.run();
  };
  const draw = () => {
    const rows = found.map((hit, index) =>
      make(
        "div",
        {
          role: "option",
          id: `${id}-${index}`,
          class: index === active ? "search-hit active" : "search-hit",
          "aria-selected": String(index === active),
          onpointerdown: (event) => {
            event.preventDefault();
            run(hit);
          },
        },
        make("span", {}, hit.label),
        make("span", { class: "menu-detail" }, hit.detail),
      ),
    );
    list.replaceChildren(...(rows.length ? rows : [make("div", { class: "choices-none" }, "Nothing found")]));
    list.hidden = field.value.trim() === "";
    field.setAttribute("aria-activedescendant", `${id}-${active}`);
  };
  field.addEventListener("input", () => {
    found = field.value.trim() ? hits(field.value) : [];
    active = 0;
    draw();
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") run(null);
    else if (event.key === "Enter") run(found[active]);
    else if (step && found.length) {
      event.preventDefault();
      active = (active + step + found.length) % found.length;
      draw();
    }
  });
  field.addEventListener("blur", close);
  return { element: make("div", { class: "search" }, field, list) };
}
