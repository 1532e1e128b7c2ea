/** Pictures of people (their initials on their colour) and of the bot. */

import { make } from "./element.js";
import { botPicture } from "./icons.js";
import { isBot, personName, workspace } from "./store.js";

const COLORS = ["#2563a8", "#8d4b9f", "#0b7a5c", "#a3483a", "#6a5d10", "#b0336d", "#3a6b2f", "#5a51b8"];

function colorOf(id) {
  const given = workspace.people.get(id)?.color;
  if (given && /^#?[0-9a-f]{6}$/i.test(given)) return given.startsWith("#") ? given : `#${given}`;
  return COLORS[[...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % COLORS.length];
}

function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}

/** A square picture of *size* pixels; the name beside it says who that is. */
export function avatar(id, size = 36) {
  const round = { width: `${size}px`, height: `${size}px`, "font-size": `${Math.round(size * 0.42)}px` };
  if (isBot(id)) return make("span", { class: "avatar", style: round, "aria-hidden": "true" }, botPicture());
  return make(
    "span",
    { class: "avatar", style: { ...round, background: colorOf(id) }, "aria-hidden": "true" },
    initials(personName(id)),
  );
}
