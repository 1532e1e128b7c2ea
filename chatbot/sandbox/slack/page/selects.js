/** The select menus: a button that opens a searchable list, for one choice or for several. */

import { FAMILIES, matching } from "./choices.js";
import { freshId, make } from "./element.js";
import { icon } from "./icons.js";
import { recall, remember, textNodes, use } from "./places.js";
import { closePopover, openPopover } from "./popover.js";

const keyOf = (family, chosen) => (family.whole ? chosen?.value : chosen);
const toState = (family, choice) => (family.whole ? choice.option : choice.key);

/** A list that is filtered while typing; *pick* gets the choice, *isChosen* marks those taken. */
function searchable({ label, noun, groups, isChosen, several, pick }) {
  const listId = freshId("choices");
  const list = make("div", {
    role: "listbox",
    id: listId,
    class: "choices",
    "aria-label": label,
    "aria-multiselectable": several ? "true" : null,
  });
  const prompt = `Find ${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
  const search = make("input", {
    type: "search",
    class: "choices-search",
    "aria-label": prompt,
    placeholder: prompt,
    "aria-controls": listId,
    autocomplete: "off",
  });
  let active = 0;

  const rows = () => [...list.querySelectorAll("[role=option]")];
  const mark = () =>
    rows().forEach((row, index) => {
      row.classList.toggle("active", index === active);
      if (index === active) {
        search.setAttribute("aria-activedescendant", row.id);
        row.scrollIntoView({ block: "nearest" });
      }
    });
  const rowOf = (choice) => {
    const chosen = isChosen(choice);
    return make(
      "div",
      {
        role: "option",
        id: freshId("choice"),
        class: "choice",
        "aria-selected": String(chosen),
        onclick: () => {
          pick(choice);
          if (several) fill();
        },
      },
      ...choice.nodes.map((node) => node?.cloneNode(true)),
      chosen && icon("check", 16),
    );
  };
  function fill() {
    const found = matching(groups, search.value);
    list.replaceChildren(
      ...found.flatMap((group) =>
        [
          group.label ? make("div", { class: "choices-label", role: "presentation" }, group.label) : [],
          group.choices.map(rowOf),
        ].flat(),
      ),
    );
    if (!found.length) list.append(make("div", { class: "choices-none" }, "No results"));
    active = Math.min(active, Math.max(0, rows().length - 1));
    mark();
  }
  search.addEventListener("input", () => {
    active = 0;
    fill();
  });
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) active = Math.max(0, Math.min(rows().length - 1, active + step));
    else if (event.key === "Enter") rows()[active]?.click();
    if (step || event.key === "Enter") event.preventDefault();
    if (step) mark();
  });
  fill();
  return make("div", { class: "chooser" }, search, list);
}

function flat(groups) {
  return groups.flatMap((group) => group.choices);
}

function trigger(spec, place, placeholder) {
  return make("button", {
    type: "button",
    class: "select",
    role: "combobox",
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    "aria-describedby": place.blockHint,
    "data-key": `${place.blockId}/${spec.action_id}`,
    "aria-label": place.label ? `${place.label}` : placeholder,
  });
}

function single(spec, place, family) {
  const placeholder = spec.placeholder?.text ?? `Choose ${/^[aeiou]/.test(family.noun) ? "an" : "a"} ${family.noun}`;
  let chosen = recall(place, spec, { [family.one]: spec[family.first] ?? null })[family.one];
  const groups = () => family.list(spec);
  const opener = trigger(spec, place, placeholder);
  const show = () => {
    const choice = flat(groups()).find((one) => one.key === keyOf(family, chosen));
    opener.classList.toggle("empty", !choice);
    const text = choice
      ? choice.nodes.map((node) => node?.cloneNode(true))
      : textNodes({ type: "plain_text", text: placeholder });
    opener.replaceChildren(make("span", { class: "select-text" }, ...text.filter(Boolean)), icon("down", 16));
  };
  const pick = async (choice) => {
    const before = chosen;
    closePopover();
    chosen = toState(family, choice);
    show();
    if (!(await use(place, spec, { [family.one]: chosen }, opener))) {
      chosen = before;
      show();
    }
  };
  opener.addEventListener("click", () =>
    openPopover(
      opener,
      searchable({
        label: placeholder,
        noun: family.noun,
        groups: groups(),
        several: false,
        pick,
        isChosen: (choice) => choice.key === keyOf(family, chosen),
      }),
    ),
  );
  remember(place, spec, { [family.one]: chosen });
  show();
  return opener;
}

function multiple(spec, place, family) {
  const placeholder = spec.placeholder?.text ?? `Choose ${family.noun === "person" ? "people" : `${family.noun}s`}`;
  let chosen = [...(recall(place, spec, { [family.many]: spec[family.firsts] ?? [] })[family.many] ?? [])];
  let settled = JSON.stringify(chosen);
  const groups = () => family.list(spec);
  const opener = trigger(spec, place, placeholder);
  const has = (choice) => chosen.some((one) => keyOf(family, one) === choice.key);
  const show = () => {
    const taken = flat(groups()).filter(has);
    opener.classList.toggle("empty", taken.length === 0);
    const text = taken.length
      ? taken.map((choice) => make("span", { class: "chip" }, choice.name))
      : textNodes({ type: "plain_text", text: placeholder });
    opener.replaceChildren(make("span", { class: "select-text" }, ...text), icon("down", 16));
  };
  const pick = (choice) => {
    const full = spec.max_selected_items && chosen.length >= spec.max_selected_items;
    if (has(choice)) chosen = chosen.filter((one) => keyOf(family, one) !== choice.key);
    else if (!full) chosen = [...chosen, toState(family, choice)];
    remember(place, spec, { [family.many]: chosen });
    show();
  };
  const settle = () => {
    if (JSON.stringify(chosen) === settled) return;
    settled = JSON.stringify(chosen);
    use(place, spec, { [family.many]: chosen }, opener);
  };
  opener.addEventListener("click", () =>
    openPopover(
      opener,
      searchable({
        label: placeholder,
        noun: family.noun,
        groups: groups(),
        several: true,
        pick,
        isChosen: has,
      }),
      { onclose: settle },
    ),
  );
  remember(place, spec, { [family.many]: chosen });
  show();
  return opener;
}

/** Element type to builder: `users_select`, `multi_users_select` and so on. */
export const SELECTS = Object.fromEntries(
  Object.entries(FAMILIES).flatMap(([name, family]) => [
    [`${name}_select`, (spec, place) => single(spec, place, family)],
    [`multi_${name}_select`, (spec, place) => multiple(spec, place, family)],
  ]),
);
