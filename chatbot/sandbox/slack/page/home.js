/** The bot's own page: its Home tab, and its direct messages with the person. */

import { avatar } from "./avatar.js";
import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { dismiss, leaveChannel, merged, seenAlone } from "./channel.js";
import { make, refill } from "./element.js";
import { viewPlace } from "./places.js";
import { session } from "./route.js";
import { changed, directChannel, roots, workspace } from "./store.js";
import { stream } from "./stream.js";
import { markRead, newLine } from "./unread.js";
import { act } from "./wire.js";

const page = document.getElementById("page");
const forms = new Map();
let open = null;
let tab = "home";

function tabButton(name, label) {
  const here = tab === name;
  return make(
    "button",
    {
      type: "button",
      role: "tab",
      id: `tab-${name}`,
      class: here ? "tab here" : "tab",
      "aria-selected": String(here),
      "aria-controls": "app-body",
      "data-key": `tab-${name}`,
      onclick: () => {
        tab = name;
        changed();
      },
    },
    label,
  );
}

function header() {
  const state = workspace.bot.connected ? "connected" : "not connected";
  return [
    make(
      "header",
      { class: "page-head" },
      make(
        "div",
        { class: "page-title app" },
        avatar(null, 24),
        make("h1", {}, workspace.bot.name),
        make("span", { class: "app-badge" }, "APP"),
        make("span", { class: "topic" }, state),
      ),
    ),
    make(
      "div",
      { class: "tabs", role: "tablist", "aria-label": workspace.bot.name },
      tabButton("home", "Home"),
      tabButton("messages", "Messages"),
    ),
  ];
}

function formOf(view) {
  if (!forms.has(view.id)) forms.set(view.id, new Map());
  return forms.get(view.id);
}

function homeBody(body) {
  const view = workspace.homes.get(session.person);
  if (body.dataset.hash === `${view?.id}/${view?.hash}` && open.view === view) return;
  open.view = view;
  body.dataset.hash = `${view?.id}/${view?.hash}`;
  refill(
    body,
    make(
      "div",
      { class: "home" },
      view
        ? blocks(view.blocks, viewPlace("home", view, formOf(view)))
        : make(
            "div",
            { class: "empty" },
            workspace.bot.connected ? "Nothing here yet." : `${workspace.bot.name} is not connected.`,
          ),
    ),
  );
}

function messagesBody(body) {
  const channel = directChannel(session.person);
  if (!open.messages) {
    open.messages = stream(`Messages with ${workspace.bot.name}`);
    const writer = composer({
      channel,
      placeholder: `Message ${workspace.bot.name}`,
      label: `Message ${workspace.bot.name}`,
      onsend: open.messages.toEnd,
    });
    refill(body, open.messages.element, make("div", { class: "page-foot" }, writer.element));
  }
  const alone = new Set(seenAlone(channel, undefined));
  open.messages.show(channel, merged(roots(channel), [...alone]), {
    inThread: false,
    news: newLine(session.person, channel),
    isWhisper: (message) => alone.has(message),
    dismiss,
    lead: null,
  });
  markRead(session.person, channel);
}

/** Draws the bot's page; opening it tells the bot, which then fills the Home tab. */
export function showHome() {
  leaveChannel();
  const key = `${session.person}/${tab}`;
  if (open?.key !== key) {
    const body = make("div", {
      class: tab === "home" ? "app-body" : "app-body messages",
      id: "app-body",
      role: "tabpanel",
      "aria-labelledby": `tab-${tab}`,
    });
    const head = make("div");
    refill(page, head, body);
    const news = open?.person !== session.person;
    open = { key, person: session.person, body, head, face: "", view: null, messages: null };
    if (news) act({ kind: "home" });
  }
  const face = JSON.stringify([workspace.bot, tab]);
  if (face !== open.face) refill(open.head, ...header());
  open.face = face;
  (tab === "home" ? homeBody : messagesBody)(open.body);
}

/** Forgets the page that was drawn, so that the next visit tells the bot again. */
export function leaveHome() {
  open = null;
}
