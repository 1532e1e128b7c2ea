/** The markdown block: standard Markdown as DOM nodes. HTML in it stays text. */

import { link, make } from "./element.js";
import { emoji, withEmoji } from "./emoji.js";

const INLINE = [
  [/\\([\\`*_{}[\]()#+\-.!>~|])/y, (found) => found[1]],
  [/(`+)([\s\S]+?)\1(?!`)/y, (found) => make("code", {}, found[2].trim())],
  [/!\[([^\]]*)\]\(([^\s)]+)[^)]*\)/y, (found) => link(found[2], found[1] || found[2])],
  [/\[([^\]]+)\]\(([^\s)]+)[^)]*\)/y, (found) => link(found[2], ...inline(found[1]))],
  [/<(https?:\/\/[^\s>]+)>/y, (found) => link(found[1], found[1])],
  [/https?:\/\/[^\s<>`]*[^\s<>`_*~.,:;!?'")\]]/y, (found) => link(found[0], found[0])],
  [/\*\*\*(\S|\S[\s\S]*?\S)\*\*\*/y, (found) => make("strong", {}, make("em", {}, ...inline(found[1])))],
  [/\*\*(\S|\S[\s\S]*?\S)\*\*(?!\*)/y, (found) => make("strong", {}, ...inline(found[1]))],
  [/__(\S|\S[\s\S]*?\S)__(?!\w)/y, (found) => make("strong", {}, ...inline(found[1]))],
  [/~~(\S|\S[\s\S]*?\S)~~/y, (found) => make("s", {}, ...inline(found[1]))],
  [/\*(\S|\S[^*]*?\S)\*(?!\*)/y, (found) => make("em", {}, ...inline(found[1]))],
  [/_(\S|\S[^_]*?\S)_(?!\w)/y, (found) => make("em", {}, ...inline(found[1]))],
  [/:([a-z0-9_+'-]+):/y, (found) => emoji(found[1])],
  [/ {2,}\n|\\\n/y, () => make("br")],
];
const STARTS = new Set("\\`![<h*_~: ");

function inline(text) {
  const nodes = [];
  let plain = "";
  for (let index = 0; index < text.length;) {
    const [node, length] = STARTS.has(text[index]) ? matched(text, index) : [null, 0];
    if (node) {
      nodes.push(...withEmoji(plain), node);
      plain = "";
      index += length;
    } else {
      plain += text[index];
      index += 1;
    }
  }
  return [...nodes, ...withEmoji(plain)];
}

function matched(text, index) {
  const inWord = /\w/.test(text[index - 1] ?? "");
  for (const [pattern, build] of INLINE) {
    pattern.lastIndex = index;
    const found = pattern.exec(text);
    if (found && !(inWord && "_h".includes(text[index]))) {
      const node = build(found);
      if (node) return [node, found[0].length];
    }
  }
  return [null, 0];
}

const cells = (row) =>
  row
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

function table(rows) {
  const [head, , ...body] = rows;
  const line = (row, tag) => make("tr", {}, ...cells(row).map((cell) => make(tag, {}, ...inline(cell))));
  return make(
    "div",
    { class: "table-frame" },
    make(
      "table",
      { class: "grid" },
      make("thead", {}, line(head, "th")),
      make("tbody", {}, ...body.map((row) => line(row, "td"))),
    ),
  );
}

const LIST = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

function list(rows) {
  const depth = (row) => LIST.exec(row)?.[1].length ?? 0;
  const base = depth(rows[0]);
  const ordered = /\d/.test(LIST.exec(rows[0])[2]);
  const entries = [];
  for (const row of rows) {
    if (LIST.test(row) && depth(row) <= base + 1) entries.push({ text: LIST.exec(row)[3], below: [] });
    else entries.at(-1).below.push(row);
  }
  const nodes = entries.map(({ text, below }) => {
    const task = /^\[([ xX])\]\s+(.*)$/.exec(text);
    const words = task ? [task[1] === " " ? "☐ " : "☑ ", ...inline(task[2])] : inline(text);
    return make("li", {}, ...words, below.length ? blocks(below.map((row) => row.replace(/^\s{2,4}/, ""))) : null);
  });
  return make(ordered ? "ol" : "ul", { start: ordered ? Number.parseInt(LIST.exec(rows[0])[2], 10) : null }, ...nodes);
}

/** [test of a line, how far the part reaches, what it becomes], in order. */
const PARTS = [
  [
    /^\s*```/,
    (rows) => {
      const end = rows.findIndex((row, index) => index > 0 && /^\s*```\s*$/.test(row));
      return end < 0 ? rows.length : end + 1;
    },
    (rows) =>
      make("pre", {}, rows.slice(1, /^\s*```\s*$/.test(rows.at(-1)) && rows.length > 1 ? -1 : undefined).join("\n")),
  ],
  [
    /^#{1,6}\s/,
    () => 1,
    (rows) =>
      make(
        "div",
        {
          class: `md-heading md-${/^#+/.exec(rows[0])[0].length}`,
          role: "heading",
          "aria-level": /^#+/.exec(rows[0])[0].length + 2,
        },
        ...inline(rows[0].replace(/^#+\s+|\s+#+\s*$/g, "")),
      ),
  ],
  [/^\s*([-*_])(\s*\1){2,}\s*$/, () => 1, () => make("hr")],
  [
    /^\s*>/,
    (rows) => stretch(rows, (row) => /^\s*>/.test(row)),
    (rows) => make("blockquote", {}, blocks(rows.map((row) => row.replace(/^(?:\s*> ?)+/, "")))),
  ],
  [LIST, (rows) => stretch(rows, (row) => LIST.test(row) || /^\s{2,}\S/.test(row)), list],
  [/^\s*$/, () => 1, () => null],
];

function stretch(rows, belongs) {
  const end = rows.findIndex((row) => !belongs(row));
  return end < 0 ? rows.length : end;
}

const isTable = (rows) =>
  rows.length > 1 &&
  rows[0].includes("|") &&
  /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(rows[1]) &&
  rows[1].includes("-");

function take(rows) {
  if (isTable(rows)) {
    const length = stretch(rows, (row) => row.includes("|"));
    return [table(rows.slice(0, length)), length];
  }
  const part = PARTS.find(([test]) => test.test(rows[0]));
  if (part) {
    const length = part[1](rows);
    return [part[2](rows.slice(0, length)), length];
  }
  const length = Math.max(
    1,
    rows.findIndex((row, index) => index > 0 && PARTS.some(([test]) => test.test(row))),
  );
  const whole = rows.slice(1).some((row) => PARTS.some(([test]) => test.test(row))) ? rows.slice(0, length) : rows;
  return [make("p", {}, ...inline(whole.join("\n"))), whole.length];
}

function blocks(rows) {
  const nodes = [];
  for (let rest = rows; rest.length;) {
    const [node, length] = take(rest);
    if (node) nodes.push(node);
    rest = rest.slice(length);
  }
  return make("div", { class: "md" }, ...nodes);
}

/** A markdown text as one element. */
export function markdown(text) {
  return blocks((text ?? "").split("\n"));
}
