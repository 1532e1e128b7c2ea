/** Activity: where a person was mentioned, newest first. */

import { leaveChannel } from "./channel.js";
import { make, refill } from "./element.js";
import { messageElement } from "./message.js";
import { followPermalink, permalink, session } from "./route.js";
import { workspace } from "./store.js";
import { activity } from "./unread.js";

const page = document.getElementById("page");
let drawn = "";

function row({ channel, message }) {
  const name = workspace.channels.get(channel)?.name;
  const open = () => followPermalink(permalink(channel, message));
  return make(
    "li",
    { class: "activity-row" },
    make(
      "button",
      { type: "button", class: "plain link-like", onclick: open },
      `${message.thread_ts && message.thread_ts !== message.ts ? "Thread in" : "Mention in"} ${name ? `#${name}` : workspace.bot.name}`,
    ),
    messageElement(channel, message, { inThread: true }),
  );
}

/** Draws the list. */
export function showActivity() {
  leaveChannel();
  const list = activity(session.person);
  const face = JSON.stringify([session.person, list]);
  if (face === drawn && page.querySelector(".activity")) return;
  drawn = face;
  const body = list.length
    ? make("ul", { class: "activity" }, ...list.map(row))
    : make("div", { class: "empty activity" }, "Nobody has mentioned you yet.");
  refill(
    page,
    make("header", { class: "page-head" }, make("div", { class: "page-title" }, make("h1", {}, "Activity"))),
    make("div", { class: "app-body" }, body),
  );
}
