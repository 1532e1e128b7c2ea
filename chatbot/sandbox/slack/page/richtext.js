/** The rich_text block: sections, lists, preformatted text and quotes, with everything that may stand in them. */

import { dateElement } from "./dates.js";
import { link, make } from "./element.js";
import { emoji, withEmoji } from "./emoji.js";
import { channelMention, everyoneMention, groupMention, userMention } from "./mentions.js";

const TAGS = { code: "code", strike: "s", italic: "em", bold: "strong", underline: "u" };
const BULLETS = ["disc", "circle", "square"];
const NUMBERS = ["decimal", "lower-alpha", "lower-roman"];

function lines(text) {
  return text.split("\n").flatMap((row, index) => (index ? [make("br"), ...withEmoji(row)] : withEmoji(row)));
}

function colorSwatch(value) {
  const known = /^#[0-9a-f]{3,8}$/i.test(value);
  return make(
    "span",
    { class: "color" },
    known && make("span", { class: "swatch", style: { background: value } }),
    value,
  );
}

const PARTS = {
  text: (part) => lines(part.text ?? ""),
  link: (part) => link(part.url, ...lines(part.text || part.url)),
  user: (part) => userMention(part.user_id),
  usergroup: (part) => groupMention(part.usergroup_id),
  channel: (part) => channelMention(part.channel_id),
  broadcast: (part) => everyoneMention(part.range),
  emoji: (part) => emoji(part.name, part.unicode) ?? `:${part.name}:`,
  color: (part) => colorSwatch(part.value ?? ""),
  team: (part) => part.team_id ?? "",
  date: (part) => {
    const shown = dateElement(part.timestamp, part.format ?? "", part.fallback);
    return part.url ? link(part.url, shown) : shown;
  },
};

function styled(nodes, style) {
  let inner = [nodes].flat();
  for (const [name, tag] of Object.entries(TAGS)) {
    if (style?.[name]) inner = [make(tag, {}, ...inner)];
  }
  return inner;
}

/** The inside of a section: text, links, mentions, dates, emoji. */
export function parts(elements) {
  return (elements ?? []).flatMap((part) => styled((PARTS[part.type] ?? (() => part.text ?? ""))(part), part.style));
}

function list(block) {
  const ordered = block.style === "ordered";
  const depth = block.indent ?? 0;
  const marker = (ordered ? NUMBERS : BULLETS)[depth % 3];
  const rows = (block.elements ?? []).map((row) => make("li", {}, ...parts(row.elements)));
  const style = { "list-style-type": marker, "margin-inline-start": `${depth * 26}px` };
  return make(ordered ? "ol" : "ul", { start: ordered && block.offset ? block.offset + 1 : null, style }, ...rows);
}

const BLOCKS = {
  rich_text_section: (block) => make("div", { class: "rich-section" }, ...parts(block.elements)),
  rich_text_list: list,
  rich_text_preformatted: (block) => make("pre", {}, ...parts(block.elements)),
  rich_text_quote: (block) => make("blockquote", {}, ...parts(block.elements)),
};

/** A rich_text block (or a cell or field that holds one). */
export function richText(block) {
  return make(
    "div",
    { class: "rich" },
    ...(block?.elements ?? []).map((one) => BLOCKS[one.type]?.(one)).filter(Boolean),
  );
}
