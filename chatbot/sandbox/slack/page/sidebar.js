/** The rail and the sidebar: workspace, channels with what is unread in them, and the bot under Apps. */

import { avatar } from "./avatar.js";
import { make, refill } from "./element.js";
import { icon } from "./icons.js";
import { go, session } from "./route.js";
import { activity, readUpTo, unread } from "./unread.js";
import { directChannel, workspace } from "./store.js";

const rail = document.getElementById("rail");
const side = document.getElementById("sidebar");
let drawn = "";

const leave = () => document.body.classList.remove("sidebar-open");

function railButton(name, label, here, badge, target) {
  return make(
    "button",
    {
      type: "button",
      class: here ? "rail-button here" : "rail-button",
      "aria-current": here ? "page" : null,
      "data-key": label,
      onclick: () => {
        go(target);
        leave();
      },
    },
    make("span", { class: "rail-mark" }, icon(name), badge ? make("span", { class: "badge" }, String(badge)) : null),
    make("span", {}, label),
  );
}

function channelRow(channel, state) {
  const here = session.view === "channel" && session.channel === channel.id;
  const loud = !here && state.fresh + state.mentions > 0;
  const extra = [
    state.mentions && !here ? `${state.mentions} mentions` : "",
    loud ? "unread" : "",
    channel.archived ? "archived" : "",
  ]
    .filter(Boolean)
    .join(", ");
  return make(
    "button",
    {
      type: "button",
      class: `side-row ${here ? "here" : ""} ${loud ? "loud" : ""}`,
      "aria-current": here ? "page" : null,
      "data-key": channel.id,
      "data-channel-row": channel.id,
      onclick: () => {
        go({ view: "channel", channel: channel.id });
        leave();
      },
    },
    icon(channel.archived ? "archive" : "hash", 16),
    make("span", { class: "side-name" }, channel.name),
    state.mentions > 0 && !here
      ? make("span", { class: "badge", "aria-hidden": "true" }, String(state.mentions))
      : null,
    extra && make("span", { class: "sr-only" }, `, ${extra}`),
  );
}

function appRow(direct) {
  const here = session.view === "home";
  const loud = !here && direct.fresh > 0;
  const state = workspace.bot.connected ? "connected" : "not connected";
  return make(
    "button",
    {
      type: "button",
      class: `side-row app ${here ? "here" : ""} ${loud ? "loud" : ""}`,
      "aria-current": here ? "page" : null,
      "data-key": "app",
      onclick: () => {
        go({ view: "home" });
        leave();
      },
    },
    avatar(null, 20),
    make("span", { class: "side-name" }, workspace.bot.name),
    make("span", { class: `presence ${workspace.bot.connected ? "on" : ""}`, title: state }),
    loud ? make("span", { class: "badge", "aria-hidden": "true" }, String(direct.fresh)) : null,
    make("span", { class: "sr-only" }, `, ${state}`),
  );
}

function section(title, rows) {
  return make("section", { class: "side-section" }, make("h2", {}, icon("down", 14), title), ...rows);
}

/** Draws both. */
export function showSidebar() {
  const { person, view, channel } = session;
  const list = [...workspace.channels.values()].filter((one) => !one.id.startsWith("D"));
  const states = new Map(list.map((one) => [one.id, unread(person, one.id)]));
  const direct = unread(person, directChannel(person));
  const waiting = activity(person).filter((one) => one.message.ts > readUpTo(person, one.channel)).length;
  const face = JSON.stringify([
    person,
    view,
    channel,
    list,
    [...states.values()],
    direct,
    waiting,
    workspace.team,
    workspace.bot,
    workspace.online,
  ]);
  if (face === drawn) return;
  drawn = face;
  const team = workspace.team.name || "Workspace";
  refill(
    rail,
    make("div", { class: "team-mark", "aria-hidden": "true" }, team[0].toUpperCase()),
    railButton("home", "Home", view === "channel", 0, { view: "channel" }),
    railButton("bell", "Activity", view === "activity", waiting, { view: "activity" }),
  );
  refill(
    side,
    make("div", { class: "side-head" }, make("h1", {}, team), icon("down", 16)),
    workspace.online ? null : make("div", { class: "side-notice", role: "status" }, "Reconnecting…"),
    make(
      "div",
      { class: "side-scroll" },
      section(
        "Channels",
        [...list.filter((one) => !one.archived), ...list.filter((one) => one.archived)].map((one) =>
          channelRow(one, states.get(one.id)),
        ),
      ),
      section("Apps", [appRow(direct)]),
    ),
  );
  document.title = `${states.get(channel)?.mentions || waiting ? `(${waiting}) ` : ""}${view === "channel" ? `#${workspace.channels.get(channel)?.name ?? channel}` : view === "home" ? workspace.bot.name : "Activity"} - ${team}`;
}
