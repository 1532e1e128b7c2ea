/** Where people write: messages, thread replies and slash commands. Enter sends, Shift and Enter starts a new line. */

import { emojiPicker } from "./emoji-picker.js";
import { make } from "./element.js";
import { icon } from "./icons.js";
import { humans } from "./route.js";
import { workspace } from "./store.js";
import { suggestions } from "./suggestions.js";
import { toast } from "./toast.js";
import { act } from "./wire.js";

const drafts = new Map();
const MARKS = [
  ["bold", "Bold", "*"],
  ["italic", "Italic", "_"],
  ["strike", "Strikethrough", "~"],
  ["code", "Code", "`"],
];
const STARTS = [
  ["quote", "Quote", "> "],
  ["list", "Bulleted list", "• "],
];

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** What was typed, as Slack sends it: entities, and ids for the people, groups and channels named. */
export function asSent(typed) {
  const people = new Map(humans().map((person) => [person.name.toLowerCase(), `<@${person.id}>`]));
  if (workspace.bot.user_id) people.set(workspace.bot.name.toLowerCase(), `<@${workspace.bot.user_id}>`);
  const groups = new Map(
    [...workspace.usergroups.values()].map((group) => [group.handle.toLowerCase(), `<!subteam^${group.id}>`]),
  );
  const channels = new Map(
    [...workspace.channels.values()].map((channel) => [channel.name, `<#${channel.id}|${channel.name}>`]),
  );
  const broad = new Map(["here", "channel", "everyone"].map((name) => [name, `<!${name}>`]));
  return escaped(typed)
    .replace(/(^|[\s(])@([\w.-]*\w)/g, (whole, lead, name) => {
      const id = [people, groups, broad].map((names) => names.get(name.toLowerCase())).find(Boolean);
      return id ? lead + id : whole;
    })
    .replace(/(^|[\s(])#([\w-]+)/g, (whole, lead, name) => (channels.has(name) ? lead + channels.get(name) : whole));
}

function grow(field) {
  field.style.setProperty("height", "auto");
  field.style.setProperty("height", `${Math.min(field.scrollHeight, 240)}px`);
}

function surround(field, mark) {
  const { selectionStart: start, selectionEnd: end } = field;
  field.setRangeText(mark + field.value.slice(start, end) + mark, start, end, "end");
  if (start === end) field.setSelectionRange(start + mark.length, start + mark.length);
  field.dispatchEvent(new Event("input"));
  field.focus();
}

function startLine(field, mark) {
  const start = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1;
  field.setRangeText(mark, start, start, "end");
  field.setSelectionRange(field.value.length, field.value.length);
  field.dispatchEvent(new Event("input"));
  field.focus();
}

function insert(field, text) {
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input"));
}

function tool(name, label, onclick, more = {}) {
  return make(
    "button",
    { type: "button", class: "tool", "aria-label": label, title: label, onclick, ...more },
    icon(name, 18),
  );
}

function deliver(channel, thread, text) {
  if (!/^\/[a-z]/i.test(text))
    return act({ kind: "say", channel, text: asSent(text), ...(thread ? { thread_ts: thread } : {}) });
  if (thread) {
    toast(`${text.split(/\s/)[0]} is not supported in threads.`);
    return { ok: false };
  }
  return act({ kind: "command", channel, text });
}

/** A composer for a channel or one of its threads. What is not sent yet stays as a draft; *onsend* is called with each sending. */
export function composer({ channel, thread = null, placeholder, label, onsend = () => {} }) {
  const key = `${channel}/${thread ?? ""}`;
  const field = make("textarea", {
    class: "composer-field",
    rows: 1,
    placeholder,
    "aria-label": label,
    "aria-autocomplete": "list",
    value: drafts.get(key) ?? "",
  });
  const hints = suggestions(field);
  const submit = tool("send", "Send now", () => send(), { class: "tool send" });
  const settle = () => {
    drafts.set(key, field.value);
    submit.classList.toggle("ready", field.value.trim() !== "");
    grow(field);
  };
  async function send() {
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    settle();
    hints.hide();
    onsend();
    const answer = await deliver(channel, thread, text);
    if (!answer.ok && !field.value) {
      field.value = text;
      settle();
    }
  }
  field.addEventListener("input", () => {
    settle();
    hints.refresh();
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || hints.onKey(event)) return;
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    send();
  });
  const smile = tool("smile", "Emoji", () => emojiPicker(smile, (name) => insert(field, `:${name}: `)), {
    "aria-haspopup": "dialog",
  });
  const formatting = make(
    "div",
    { class: "composer-bar", role: "toolbar", "aria-label": "Formatting" },
    ...MARKS.map(([name, title, mark]) => tool(name, title, () => surround(field, mark))),
    make("span", { class: "bar-line" }),
    ...STARTS.map(([name, title, mark]) => tool(name, title, () => startLine(field, mark))),
  );
  const foot = make(
    "div",
    { class: "composer-foot" },
    smile,
    tool("at", "Mention someone", () => insert(field, "@")),
    thread
      ? null
      : tool("slash", "Run a command", () => {
          field.value = "";
          insert(field, "/");
        }),
    make("span", { class: "spread" }),
    submit,
  );
  const element = make(
    "div",
    { class: "composer" },
    hints.element,
    make("div", { class: "composer-frame" }, formatting, field, foot),
  );
  settle();
  return { element, field };
}
