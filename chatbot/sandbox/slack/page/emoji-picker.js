/** A small searchable sheet of emoji, for reactions and for the composer. */

import { make } from "./element.js";
import { EMOJI, emoji } from "./emoji.js";
import { drawing } from "./emoji-shapes.js";
import { closePopover, openPopover } from "./popover.js";

const SHOWN = 110;
const isDrawn = (name) => Number(drawing(name) !== null);
const NAMES = Object.keys(EMOJI).sort((one, other) => isDrawn(other) - isDrawn(one));

/** Opens the sheet beside *anchor*; *pick* gets the chosen name. */
export function emojiPicker(anchor, pick) {
  const sheet = make("div", { class: "emoji-sheet", role: "group", "aria-label": "Emoji" });
  const search = make("input", {
    type: "search",
    class: "choices-search",
    placeholder: "Search all emoji",
    "aria-label": "Search all emoji",
    autocomplete: "off",
  });
  const choose = (name) => {
    closePopover();
    pick(name);
  };
  const fill = () => {
    const wanted = search.value.trim().toLowerCase().replace(/\s+/g, "_");
    const names = NAMES.filter((name) => name.includes(wanted)).slice(0, SHOWN);
    sheet.replaceChildren(
      ...names.map((name) =>
        make(
          "button",
          {
            type: "button",
            class: "emoji-choice",
            "aria-label": name,
            title: `:${name}:`,
            onclick: () => choose(name),
          },
          emoji(name),
        ),
      ),
    );
  };
  search.addEventListener("input", fill);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    sheet.querySelector("button")?.click();
  });
  fill();
  openPopover(anchor, make("div", { class: "chooser" }, search, sheet), { className: "emoji-popover" });
}
