/** Slack's mrkdwn as DOM nodes. Reads text and makes nodes; it never makes markup out of text. */

import { dateElement } from "./dates.js";
import { link, make } from "./element.js";
import { emoji, withEmoji } from "./emoji.js";
import { channelMention, everyoneMention, groupMention, userMention } from "./mentions.js";

const STYLES = { "*": "strong", _: "em", "~": "s" };
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const ANGLE = /<([^<>\n]+)>/y;
const CODE = /`([^`\n]+)`/y;
const EMOJI = /:([a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?/y;
const ENTITY = /&(?:lt|gt|amp);/y;
const ADDRESS = /https?:\/\/[^\s<>|*`]*[^\s<>|*`_~.,:;!?'")\]}]/y;
const QUOTED = /^(?:&gt;|>) ?/;

const at = (pattern, text, index) => {
  pattern.lastIndex = index;
  return pattern.exec(text);
};

/** `&lt; &gt; &amp;` as the characters they stand for. */
export function decode(text) {
  return text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);
}

function dateToken(body) {
  const [, seconds, template, address] = body.split("|")[0].split("^");
  const shown = dateElement(seconds, template ?? "", decode(body.split("|").slice(1).join("|")));
  return address ? link(decode(address), shown) : shown;
}

function angle(body) {
  const bar = body.indexOf("|");
  const [head, label] = bar < 0 ? [body, null] : [body.slice(0, bar), body.slice(bar + 1)];
  if (head.startsWith("@")) return userMention(head.slice(1), label);
  if (head.startsWith("#")) return channelMention(head.slice(1), label);
  if (head.startsWith("!date^")) return dateToken(body);
  if (head.startsWith("!subteam^")) return groupMention(head.slice(9), label);
  if (/^!(here|channel|everyone)$/.test(head)) return everyoneMention(head.slice(1));
  if (head.startsWith("!")) return make("span", {}, decode(label ?? head));
  if (!/^[a-z]+:/i.test(head)) return make("span", {}, `<${decode(body)}>`);
  const words = decode(label ?? head.replace(/^mailto:/, ""));
  return link(decode(head), ...withEmoji(words));
}

const wordLike = (character) => character !== undefined && /[\p{L}\p{N}_]/u.test(character);

/** Where the style that opens at *start* closes, or -1: Slack wants it tight inside and loose outside, on one line. */
function closing(text, start) {
  const mark = text[start];
  if (
    wordLike(text[start - 1]) ||
    text[start - 1] === mark ||
    text[start + 1] === undefined ||
    /\s/.test(text[start + 1]) ||
    text[start + 1] === mark
  )
    return -1;
  for (let index = start + 1; index < text.length && text[index] !== "\n"; index += 1) {
    const skipped = text[index] === "<" ? at(ANGLE, text, index) : text[index] === "`" ? at(CODE, text, index) : null;
    if (skipped) {
      index += skipped[0].length - 1;
    } else if (
      text[index] === mark &&
      index > start + 1 &&
      !/\s/.test(text[index - 1]) &&
      !wordLike(text[index + 1]) &&
      text[index + 1] !== mark
    ) {
      return index;
    }
  }
  return -1;
}

function code(text) {
  return make("code", {}, ...literal(text));
}

/** Inside code nothing is styled, but links and mentions still work. */
function literal(text) {
  return text
    .split(/(<[^<>\n]+>)/)
    .filter(Boolean)
    .map((piece) => (/^<[^<>\n]+>$/.test(piece) ? angle(piece.slice(1, -1)) : decode(piece)));
}

function token(text, index) {
  const character = text[index];
  let found = null;
  if (character === "<" && (found = at(ANGLE, text, index))) return [angle(found[1]), found[0].length];
  if (character === "`" && (found = at(CODE, text, index))) return [code(found[1]), found[0].length];
  if (character === "&" && (found = at(ENTITY, text, index))) return [ENTITIES[found[0]], found[0].length];
  if (character === "\n") return [make("br"), 1];
  if (character === ":" && (found = at(EMOJI, text, index))) {
    const drawn = emoji(found[1]);
    return drawn ? [drawn, found[0].length] : null;
  }
  if (character === "h" && !wordLike(text[index - 1]) && (found = at(ADDRESS, text, index))) {
    return [link(decode(found[0]), decode(found[0])), found[0].length];
  }
  if (character in STYLES) {
    const end = closing(text, index);
    if (end > 0) return [make(STYLES[character], {}, ...inline(text.slice(index + 1, end))), end + 1 - index];
  }
  return null;
}

/** One run of text with its styles, links, mentions and emoji. */
export function inline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    nodes.push(...withEmoji(plain));
    plain = "";
  };
  for (let index = 0; index < text.length;) {
    const found = token(text, index);
    if (found && typeof found[0] !== "string") {
      flush();
      nodes.push(found[0]);
    } else {
      plain += found ? found[0] : text[index];
    }
    index += found ? found[1] : 1;
  }
  flush();
  return nodes;
}

function quotesAndLines(text) {
  const nodes = [];
  let rows = [];
  let quoted = false;
  const flush = () => {
    if (rows.length)
      nodes.push(
        quoted
          ? make("blockquote", {}, ...inline(rows.join("\n")))
          : make("span", { class: "lines" }, ...inline(rows.join("\n"))),
      );
    rows = [];
  };
  const lines = text.split("\n");
  for (const [index, row] of lines.entries()) {
    if (/^(?:&gt;|>){3}/.test(row)) {
      flush();
      quoted = true;
      rows = [row.replace(/^(?:&gt;|>){3} ?/, ""), ...lines.slice(index + 1)];
      break;
    }
    if (QUOTED.test(row) !== quoted) {
      flush();
      quoted = !quoted;
    }
    rows.push(quoted ? row.replace(QUOTED, "") : row);
  }
  flush();
  return nodes;
}

/** A whole mrkdwn text as nodes: preformatted parts, quotes, and everything inside lines. */
export function mrkdwn(text) {
  return (text ?? "").split(/```(?:\n)?([\s\S]+?)(?:\n)?```\n?/).flatMap((piece, index) => {
    if (index % 2) return [make("pre", {}, ...literal(piece))];
    return piece === ""
      ? []
      : quotesAndLines(index > 0 ? piece : piece.replace(/\n$/, (end) => (text.includes("```") ? "" : end)));
  });
}
