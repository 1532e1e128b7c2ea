/** The table and data_table blocks. A data_table can be sorted and turned page by page. */

import { make, refill } from "./element.js";
import { icon } from "./icons.js";
import { richText } from "./richtext.js";
import { plainText } from "./emoji.js";

function cellNodes(cell) {
  if (!cell) return [];
  if (cell.type === "rich_text") return [richText(cell)];
  if (cell.type === "raw_number")
    return [cell.text ?? new Intl.NumberFormat("en-US").format(Number(cell.value ?? cell.number))];
  return plainText(cell.text ?? "");
}

const cellText = (cell) =>
  cellNodes(cell)
    .map((node) => node.textContent ?? node)
    .join("");

function cellValue(cell) {
  if (cell?.type === "raw_number") return Number(cell.value ?? cell.number);
  const text = cellText(cell);
  return text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text.toLowerCase();
}

/** table: the first row is its heading. */
export function table(block) {
  const [head, ...body] = block.rows ?? [];
  const settings = block.column_settings ?? [];
  const cell = (tag) => (one, column) =>
    make(
      tag,
      {
        scope: tag === "th" ? "col" : null,
        style: {
          "text-align": settings[column]?.align ?? "left",
          "white-space": settings[column]?.is_wrapped ? "normal" : "nowrap",
        },
      },
      ...cellNodes(one),
    );
  return make(
    "div",
    { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Table" },
    make(
      "table",
      { class: "grid" },
      make("thead", {}, make("tr", {}, ...(head ?? []).map(cell("th")))),
      make("tbody", {}, ...body.map((row) => make("tr", {}, ...row.map(cell("td"))))),
    ),
  );
}

function compare(column, down) {
  return (one, other) => {
    const [left, right] = [cellValue(one[column]), cellValue(other[column])];
    const order =
      typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right));
    return down ? -order : order;
  };
}

/** data_table: caption, sortable headings, pages of `page_size` rows (5 unless told). */
export function dataTable(block) {
  const [head, ...body] = block.rows ?? [];
  const size = block.page_size ?? 5;
  const named = block.row_header_column_index ?? 0;
  const frame = make("div", { class: "data-table" });
  const view = { column: null, down: false, page: 0 };

  const heading = (cell, column) => {
    const sorted = view.column === column;
    const sort = () => {
      Object.assign(view, { column, down: sorted && !view.down, page: 0 });
      show();
    };
    const order = sorted ? (view.down ? "descending" : "ascending") : "none";
    return make(
      "th",
      { scope: "col", "aria-sort": order },
      make(
        "button",
        { type: "button", class: `plain sort ${order}`, "data-key": `sort-${column}`, onclick: sort },
        ...cellNodes(cell),
        icon(sorted ? "down" : "sort", 14),
      ),
    );
  };
  const row = (cells) =>
    make(
      "tr",
      {},
      ...cells.map((cell, column) =>
        make(
          column === named ? "th" : "td",
          { scope: column === named ? "row" : null, class: cell?.type === "raw_number" ? "number" : null },
          ...cellNodes(cell),
        ),
      ),
    );
  const turn = (step, label, name, possible) =>
    make(
      "button",
      {
        type: "button",
        class: "plain",
        "aria-label": label,
        disabled: !possible,
        "data-key": label,
        onclick: () => {
          view.page += step;
          show();
        },
      },
      icon(name, 16),
    );

  function show() {
    const rows = view.column === null ? body : [...body].sort(compare(view.column, view.down));
    const start = view.page * size;
    const shown = rows.slice(start, start + size);
    const grid = make(
      "table",
      { class: "grid" },
      make("caption", {}, block.caption),
      make("thead", {}, make("tr", {}, ...(head ?? []).map(heading))),
      make("tbody", {}, ...shown.map(row)),
    );
    const pages =
      body.length > size &&
      make(
        "div",
        { class: "pages" },
        make("span", {}, `${start + 1}–${start + shown.length} of ${body.length}`),
        turn(-1, "Previous page", "back", start > 0),
        turn(1, "Next page", "forward", start + size < body.length),
      );
    refill(
      frame,
      make(
        "div",
        { class: "table-frame", tabindex: "0", role: "region", "aria-label": block.caption ?? "Table" },
        grid,
      ),
      pages,
    );
  }
  show();
  return frame;
}
