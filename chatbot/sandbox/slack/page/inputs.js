/** What people type, tick and date: text inputs, numbers, dates and times, checkboxes, radio buttons. */

import { freshId, make } from "./element.js";
import { recall, remember, textNodes, use } from "./places.js";

function named(spec, place) {
  return {
    "aria-label": place.label ?? spec.placeholder?.text ?? null,
    "aria-describedby": place.blockHint,
    "data-key": `${place.blockId}/${spec.action_id}`,
    autofocus: spec.focus_on_load,
  };
}

function triggers(spec) {
  return spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
}

function textInput(type) {
  return (spec, place) => {
    const { value } = recall(place, spec, { value: spec.initial_value ?? null });
    const limits = {
      minlength: spec.min_length,
      maxlength: spec.max_length,
      min: spec.min_value,
      max: spec.max_value,
      step: type === "number" ? (spec.is_decimal_allowed ? "any" : "1") : null,
    };
    const shared = {
      class: "field",
      value: value ?? "",
      placeholder: spec.placeholder?.text,
      ...named(spec, place),
      ...limits,
    };
    const field = spec.multiline
      ? make("textarea", { ...shared, rows: 4 })
      : make("input", { ...shared, type, autocomplete: "off" });
    const state = () => ({ value: field.value === "" ? null : field.value });
    remember(place, spec, state());
    field.addEventListener("input", () => {
      remember(place, spec, state());
      if (!place.quiet && triggers(spec).includes("on_character_entered")) use(place, spec, state(), null);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || spec.multiline || place.quiet || !triggers(spec).includes("on_enter_pressed"))
        return;
      event.preventDefault();
      use(place, spec, state(), field);
    });
    return field;
  };
}

const two = (number) => String(number).padStart(2, "0");

function localMinute(seconds) {
  if (!seconds) return "";
  const date = new Date(seconds * 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

const seconds = (minute) => (minute ? Math.floor(new Date(minute).getTime() / 1000) : null);

/** Native pickers: the browser's own calendar and clock, in the reader's habits. */
function dateInput(type, field, initial, toInput, fromInput) {
  return (spec, place) => {
    const kept = recall(place, spec, { [field]: spec[initial] ?? null })[field];
    const input = make("input", {
      type,
      class: "field date",
      value: toInput(kept),
      ...named(spec, place),
      "aria-label": place.label ?? spec.placeholder?.text ?? "Choose",
    });
    const state = () => ({ [field]: fromInput(input.value) });
    remember(place, spec, state());
    input.addEventListener("change", () => {
      remember(place, spec, state());
      if (input.value) use(place, spec, state(), input);
    });
    return input;
  };
}

const asIs = (value) => value ?? "";
const orNull = (value) => value || null;

function optionRow(type, spec, option, group, checked, onchange) {
  const id = freshId("option");
  const input = make("input", { type, id, name: group, onchange });
  input.checked = checked;
  const detail = option.description ? make("span", { class: "option-detail" }, ...textNodes(option.description)) : null;
  return [
    input,
    make(
      "div",
      { class: "option-row" },
      input,
      make("label", { for: id }, make("span", {}, ...textNodes(option.text)), detail),
    ),
  ];
}

function ticks(type, initialState, toState) {
  return (spec, place) => {
    const kept = recall(place, spec, initialState(spec));
    const taken = [kept.selected_option, ...(kept.selected_options ?? [])]
      .filter(Boolean)
      .map((option) => option.value);
    const group = freshId("group");
    const role = type === "radio" ? "radiogroup" : "group";
    const inputs = [];
    const state = () => toState((spec.options ?? []).filter((_, index) => inputs[index].checked));
    const rows = (spec.options ?? []).map((option) => {
      const [input, row] = optionRow(type, spec, option, group, taken.includes(option.value), () =>
        use(place, spec, state(), null),
      );
      inputs.push(input);
      return row;
    });
    remember(place, spec, state());
    return make(
      "div",
      { class: "options", role, "aria-label": place.label, "aria-describedby": place.blockHint },
      ...rows,
    );
  };
}

const checkboxes = ticks(
  "checkbox",
  (spec) => ({ selected_options: spec.initial_options ?? [] }),
  (chosen) => ({ selected_options: chosen }),
);
const radios = ticks(
  "radio",
  (spec) => ({ selected_option: spec.initial_option ?? null }),
  (chosen) => ({ selected_option: chosen[0] ?? null }),
);

/** rich_text_input, typed as plain text and given to the app as a rich_text block. */
function richInput(spec, place) {
  const kept = recall(place, spec, { rich_text_value: spec.initial_value ?? null }).rich_text_value;
  const text = (kept?.elements ?? [])
    .flatMap((section) => section.elements ?? [])
    .map((part) => part.text ?? "")
    .join("");
  const field = make("textarea", {
    class: "field",
    rows: 4,
    value: text,
    placeholder: spec.placeholder?.text,
    ...named(spec, place),
  });
  const state = () => ({
    rich_text_value: field.value
      ? {
          type: "rich_text",
          elements: [{ type: "rich_text_section", elements: [{ type: "text", text: field.value }] }],
        }
      : null,
  });
  remember(place, spec, state());
  field.addEventListener("input", () => remember(place, spec, state()));
  return field;
}

/** Element type to builder. */
export const INPUTS = {
  plain_text_input: textInput("text"),
  number_input: textInput("number"),
  email_text_input: textInput("email"),
  url_text_input: textInput("url"),
  datepicker: dateInput("date", "selected_date", "initial_date", asIs, orNull),
  timepicker: dateInput("time", "selected_time", "initial_time", asIs, orNull),
  datetimepicker: dateInput("datetime-local", "selected_date_time", "initial_date_time", localMinute, seconds),
  checkboxes,
  radio_buttons: radios,
  rich_text_input: richInput,
};
