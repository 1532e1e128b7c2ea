/** Block Kit's layout blocks. Each builder takes a block and the place it stands in, and gives one element. */

import { chart } from "./chart.js";
import { control, picture } from "./controls.js";
import { freshId, link, make } from "./element.js";
import { fileCard } from "./files.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { inBlock, textNodes } from "./places.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./tables.js";

const ACCESSORY_BELOW = new Set(["checkboxes", "radio_buttons"]);

function section(block, place) {
  const here = inBlock(place, block.block_id);
  const text = block.text && make("div", { class: "text" }, ...textNodes(block.text));
  const fields =
    block.fields &&
    make(
      "div",
      { class: "fields" },
      ...block.fields.map((field) => make("div", { class: "text field-cell" }, ...textNodes(field))),
    );
  const accessory =
    block.accessory &&
    make(
      "div",
      { class: ACCESSORY_BELOW.has(block.accessory.type) ? "accessory below" : "accessory" },
      control(block.accessory, here),
    );
  return make("div", { class: "block section" }, make("div", { class: "section-body" }, text, fields), accessory);
}

function context(block) {
  const parts = (block.elements ?? []).map((part) =>
    part.type === "image" ? picture(part, "context-image") : make("span", { class: "text" }, ...textNodes(part)),
  );
  return make("div", { class: "block context" }, ...parts);
}

function actions(block, place) {
  const here = inBlock(place, block.block_id);
  return make(
    "div",
    { class: "block actions", role: "group", "aria-label": "Actions" },
    ...(block.elements ?? []).map((spec) => control(spec, here)),
  );
}

function image(block) {
  const title = block.title && make("figcaption", {}, ...textNodes(block.title));
  return make("figure", { class: "block image" }, title, picture(block, "block-image"));
}

function input(block, place) {
  const ids = { label: freshId("label"), hint: freshId("hint") };
  const label = block.label?.text ?? "";
  const hint = block.hint && make("div", { class: "hint", id: ids.hint }, ...textNodes(block.hint));
  const here = inBlock(place, block.block_id, { quiet: !block.dispatch_action, label, blockHint: ids.hint });
  const optional = block.optional ? make("span", { class: "optional" }, " (optional)") : null;
  return make(
    "div",
    { class: "block input", "data-block": block.block_id, "data-optional": String(Boolean(block.optional)) },
    make("div", { class: "input-label", id: ids.label }, ...textNodes(block.label), optional),
    control(block.element, here),
    make("div", { class: "input-error", role: "alert" }),
    hint,
  );
}

function card(block, place) {
  const here = inBlock(place, block.block_id);
  return make(
    "div",
    { class: "block card" },
    block.hero_image && picture(block.hero_image, "card-hero"),
    make(
      "div",
      { class: "card-head" },
      block.icon && picture(block.icon, "card-icon"),
      make(
        "div",
        {},
        block.title && make("div", { class: "text card-title" }, ...textNodes(block.title)),
        block.subtitle && make("div", { class: "text card-subtitle" }, ...textNodes(block.subtitle)),
      ),
    ),
    block.body && make("div", { class: "text" }, ...textNodes(block.body)),
    block.actions && make("div", { class: "block actions" }, ...block.actions.map((spec) => control(spec, here))),
  );
}

function alert(block) {
  return make(
    "div",
    { class: `block alert ${block.level ?? "default"}`, role: "note" },
    icon("alert"),
    make("div", { class: "text" }, ...textNodes(block.text)),
  );
}

function container(block, place) {
  const title = block.rich_text_title ? richText(block.rich_text_title) : make("span", {}, ...textNodes(block.title));
  const subtitle = block.subtitle && make("span", { class: "card-subtitle" }, ...textNodes(block.subtitle));
  const body = blocks(block.child_blocks, place);
  if (!block.is_collapsible)
    return make(
      "section",
      { class: "block container" },
      make("div", { class: "container-head" }, title, subtitle),
      body,
    );
  return make(
    "details",
    { class: "block container", open: !block.default_collapsed },
    make("summary", { class: "container-head" }, title, subtitle),
    body,
  );
}

function video(block) {
  return make(
    "div",
    { class: "block video" },
    make("div", { class: "text card-title" }, link(block.title_url ?? block.video_url, ...textNodes(block.title))),
    block.description && make("div", { class: "text" }, ...textNodes(block.description)),
    block.thumbnail_url &&
      link(
        block.title_url ?? block.video_url,
        picture({ image_url: block.thumbnail_url, alt_text: block.alt_text }, "block-image"),
      ),
  );
}

function task(block) {
  const marks = { complete: "✓", in_progress: "…", error: "✗", pending: "○" };
  return make(
    "div",
    { class: `block task ${block.status}` },
    make("div", {}, `${marks[block.status] ?? "○"} `, make("strong", {}, block.title)),
    block.details && richText(block.details),
    block.output && richText(block.output),
  );
}

const BUILDERS = {
  section,
  context,
  actions,
  image,
  input,
  card,
  alert,
  container,
  video,
  task_card: task,
  header: (block) =>
    make("div", { class: "block header", role: "heading", "aria-level": block.level ?? 3 }, ...textNodes(block.text)),
  divider: () => make("hr", { class: "block" }),
  rich_text: (block) => make("div", { class: "block text" }, richText(block)),
  markdown: (block) => make("div", { class: "block text" }, markdown(block.text)),
  table: (block) => make("div", { class: "block" }, table(block)),
  data_table: (block) => make("div", { class: "block" }, dataTable(block)),
  data_visualization: (block) => make("div", { class: "block" }, chart(block)),
  file: (block) =>
    make(
      "div",
      { class: "block" },
      fileCard({ id: block.external_id ?? block.file_id, name: block.external_id ?? "File" }),
    ),
  carousel: (block, place) =>
    make(
      "div",
      { class: "block carousel", tabindex: "0", role: "region", "aria-label": "Cards" },
      ...(block.elements ?? []).map((one) => card(one, place)),
    ),
  context_actions: actions,
  plan: (block) =>
    make(
      "div",
      { class: "block" },
      make("div", { class: "card-title" }, block.title),
      ...(block.tasks ?? []).map(task),
    ),
};

function unknown(block) {
  return make("div", { class: "block unknown" }, `(A ${block.type} block is not shown here.)`);
}

/** A list of blocks as one element. */
export function blocks(list, place) {
  return make(
    "div",
    { class: "blocks" },
    ...(list ?? []).map((block) => (BUILDERS[block.type] ?? unknown)(block, place)),
  );
}
