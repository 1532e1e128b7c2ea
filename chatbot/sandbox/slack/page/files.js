/** Files in messages: pictures are shown, text is previewed, the rest is a card to download. */

import { make, safeUrl } from "./element.js";
import { icon } from "./icons.js";

const PREVIEW_LINES = 8;

function address(file) {
  return safeUrl(file.id ? `/page/file/${encodeURIComponent(file.id)}` : (file.url_private ?? ""));
}

function kind(file) {
  const words = {
    "text/plain": "Plain text",
    "application/json": "JSON",
    "application/gzip": "Gzip archive",
    "text/csv": "CSV",
    "text/markdown": "Markdown",
    "application/pdf": "PDF",
  };
  return words[file.mimetype] ?? file.pretty_type ?? file.mimetype ?? "File";
}

async function preview(file, box) {
  try {
    const response = await fetch(address(file));
    if (!response.ok) return;
    const rows = (await response.text()).trimEnd().split("\n");
    box.replaceChildren(rows.slice(0, PREVIEW_LINES).join("\n"));
    box.hidden = false;
    if (rows.length <= PREVIEW_LINES) return;
    const more = make(
      "button",
      {
        type: "button",
        class: "plain link-like",
        onclick: () => {
          box.textContent = rows.join("\n");
          more.remove();
        },
      },
      `Show all ${rows.length} lines`,
    );
    box.after(more);
  } catch {
    box.remove();
  }
}

/** A file as a card with its name, kind and a way to open it. */
export function fileCard(file) {
  const name = file.title || file.name || file.id;
  return make(
    "a",
    { class: "file-card", href: address(file), target: "_blank", rel: "noopener noreferrer" },
    make("span", { class: "file-icon" }, icon("file")),
    make("span", { class: "file-words" }, make("strong", {}, name), make("span", { class: "menu-detail" }, kind(file))),
  );
}

/** One file of a message. */
export function fileElement(file) {
  const name = file.title || file.name || file.id;
  if ((file.mimetype ?? "").startsWith("image/")) {
    return make(
      "figure",
      { class: "file-image" },
      make("figcaption", {}, name),
      make(
        "a",
        { href: address(file), target: "_blank", rel: "noopener noreferrer" },
        make("img", { class: "block-image", src: address(file), alt: file.alt_txt ?? name, loading: "lazy" }),
      ),
    );
  }
  const card = fileCard(file);
  if (!/^text\/|json$/.test(file.mimetype ?? "")) return card;
  const box = make("pre", { class: "file-preview", hidden: true, tabindex: "0", "aria-label": `Start of ${name}` });
  preview(file, box);
  return make("div", { class: "file-text" }, card, box);
}
