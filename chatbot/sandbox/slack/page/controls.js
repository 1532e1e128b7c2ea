/** The interactive elements of Block Kit. Buttons and menus are here; selects and inputs have their own files. */

import { make, safeUrl } from "./element.js";
import { icon } from "./icons.js";
import { INPUTS } from "./inputs.js";
import { openMenu } from "./popover.js";
import { textNodes, use } from "./places.js";
import { SELECTS } from "./selects.js";

function button(spec, place) {
  const attributes = {
    class: `button ${spec.style ?? ""}`,
    "aria-label": spec.accessibility_label,
    "data-key": `${place.blockId}/${spec.action_id}`,
  };
  const press = async (event) => use(place, spec, { value: spec.value }, event.currentTarget);
  const label = make(
    "span",
    { class: "button-label" },
    ...textNodes({ type: "plain_text", emoji: true, ...spec.text }),
  );
  const href = spec.url ? safeUrl(spec.url) : null;
  if (!href) return make("button", { ...attributes, type: "button", onclick: press }, label);
  const opener = make(
    "a",
    { ...attributes, role: "button", href, target: "_blank", rel: "noopener noreferrer", onclick: press },
    label,
  );
  opener.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    opener.click();
  });
  return opener;
}

function overflow(spec, place) {
  const opener = make(
    "button",
    {
      class: "button overflow",
      type: "button",
      "aria-label": "More",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-key": `${place.blockId}/${spec.action_id}`,
    },
    icon("dots"),
  );
  const entries = (spec.options ?? []).map((option) => ({
    label: textNodes(option.text),
    detail: option.description ? textNodes(option.description) : null,
    href: option.url ? safeUrl(option.url) : null,
    run: () => use(place, spec, { selected_option: option }, opener),
  }));
  opener.addEventListener("click", () => openMenu(opener, "More", entries));
  return opener;
}

function iconButton(spec, place) {
  const label = spec.accessibility_label ?? spec.text?.text ?? spec.icon;
  const press = (event) => use(place, { ...spec, type: "button" }, { value: spec.value }, event.currentTarget);
  return make(
    "button",
    { class: "button small", type: "button", "aria-label": label, onclick: press },
    ...textNodes(spec.text),
  );
}

function feedback(spec, place) {
  return make(
    "span",
    { class: "feedback" },
    ...[spec.positive_button, spec.negative_button].filter(Boolean).map((one, index) =>
      make(
        "button",
        {
          class: "button small",
          type: "button",
          "aria-label": one.accessibility_label ?? one.text?.text,
          onclick: (event) =>
            use(
              place,
              { ...one, type: "button", action_id: spec.action_id },
              { value: one.value },
              event.currentTarget,
            ),
        },
        ...textNodes({ type: "plain_text", text: index ? ":-1:" : ":+1:" }),
        " ",
        ...textNodes(one.text),
      ),
    ),
  );
}

/** An image in a section, a context line or a card. */
export function picture(spec, className) {
  const source = safeUrl(
    spec?.slack_file?.id
      ? `/page/file/${encodeURIComponent(spec.slack_file.id)}`
      : (spec?.slack_file?.url ?? spec?.image_url ?? ""),
  );
  return make("img", { class: className, src: source, alt: spec?.alt_text ?? "", loading: "lazy" });
}

const ELEMENTS = {
  button,
  overflow,
  ...SELECTS,
  ...INPUTS,
  workflow_button: button,
  icon_button: iconButton,
  feedback_buttons: feedback,
  image: (spec) => picture(spec, "accessory-image"),
};

/** Any element; one this page does not know is named, never silently left out. */
export function control(spec, place) {
  const build = ELEMENTS[spec?.type];
  return build
    ? build(spec, place)
    : make("span", { class: "unknown" }, `(${spec?.type ?? "element"} is not shown here)`);
}
