/** Attachments: a coloured bar beside blocks, or beside the older fields (title, text, fields, footer). */

import { blocks } from "./blocks.js";
import { dateElement } from "./dates.js";
import { link, make } from "./element.js";
import { plainText } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

const NAMED = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };

function color(given) {
  const value = NAMED[given] ?? given ?? "";
  return /^#?[0-9a-f]{3,8}$/i.test(value) ? `#${value.replace("#", "")}` : "var(--line-strong)";
}

function fields(list) {
  if (!list?.length) return null;
  return make(
    "div",
    { class: "fields" },
    ...list.map((field) =>
      make(
        "div",
        { class: field.short ? "field-cell" : "field-cell wide" },
        make("strong", {}, ...mrkdwn(field.title ?? "")),
        make("div", { class: "text" }, ...mrkdwn(field.value ?? "")),
      ),
    ),
  );
}

function older(attachment) {
  const title =
    attachment.title &&
    make(
      "div",
      { class: "card-title" },
      attachment.title_link ? link(attachment.title_link, ...plainText(attachment.title)) : plainText(attachment.title),
    );
  return [
    attachment.author_name &&
      make(
        "div",
        { class: "attachment-author" },
        attachment.author_link ? link(attachment.author_link, attachment.author_name) : attachment.author_name,
      ),
    title,
    attachment.text && make("div", { class: "text" }, ...mrkdwn(attachment.text)),
    fields(attachment.fields),
    attachment.image_url &&
      make("img", { class: "block-image", src: attachment.image_url, alt: attachment.fallback ?? "", loading: "lazy" }),
    attachment.footer &&
      make(
        "div",
        { class: "attachment-footer" },
        ...plainText(attachment.footer),
        attachment.ts && [" | ", dateElement(attachment.ts, "{date_short_pretty} at {time}", "")],
      ),
  ];
}

/** One attachment; its blocks act as those of the message. */
export function attachmentElement(attachment, place) {
  const body = attachment.blocks?.length ? [blocks(attachment.blocks, place)] : older(attachment);
  return make(
    "div",
    { class: "attachment-frame" },
    attachment.pretext && make("div", { class: "text" }, ...mrkdwn(attachment.pretext)),
    make(
      "div",
      { class: "attachment" },
      make("span", { class: "attachment-bar", style: { background: color(attachment.color) } }),
      make("div", { class: "attachment-body" }, ...body),
    ),
  );
}
