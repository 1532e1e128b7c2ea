/** The bar across the top: history, search, light or dark, and who one is. */

import { avatar } from "./avatar.js";
import { make, refill } from "./element.js";
import { icon } from "./icons.js";
import { openMenu } from "./popover.js";
import { go, humans, session } from "./route.js";
import { searchBox } from "./search.js";
import { personName, workspace } from "./store.js";
import { toggleTheme } from "./theme.js";

const bar = document.getElementById("top");
const search = searchBox();
let drawn = "";

function tool(name, label, onclick, more = {}) {
  return make(
    "button",
    { type: "button", class: "plain top-tool", "aria-label": label, title: label, "data-key": label, onclick, ...more },
    icon(name, 18),
  );
}

function switcher() {
  const name = personName(session.person ?? "");
  const entries = () =>
    humans().map((person) => ({
      label: person.real_name || person.name,
      detail: person.real_name ? person.name : null,
      picture: avatar(person.id, 24),
      checked: person.id === session.person,
      run: () => go({ person: person.id }),
    }));
  const opener = make(
    "button",
    {
      type: "button",
      class: "switcher",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-key": "switcher",
      onclick: () => openMenu(opener, "You are", entries()),
    },
    avatar(session.person ?? "", 22),
    make("span", {}, make("span", { class: "switcher-lead" }, "You are: "), name),
    icon("down", 14),
  );
  return opener;
}

/** Draws the bar. */
export function showTop() {
  const dark = document.documentElement.dataset.theme === "dark";
  const face = JSON.stringify([session.person, [...workspace.people.keys()], workspace.team.name, dark]);
  if (face === drawn) return;
  drawn = face;
  const theme = tool(dark ? "sun" : "moon", dark ? "Use the light theme" : "Use the dark theme", () => {
    toggleTheme();
    showTop();
  });
  const menu = tool("menu", "Open sidebar", () => document.body.classList.toggle("sidebar-open"), {
    class: "plain top-tool sidebar-opener",
  });
  const history = make(
    "span",
    { class: "history" },
    tool("back", "Back", () => window.history.back()),
    tool("forward", "Forward", () => window.history.forward()),
  );
  refill(bar, menu, history, search.element, make("span", { class: "top-side" }, theme, switcher()));
}

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTop);
