/** A scrolling list of messages that keeps its place: what did not change stays the same node, so that only news is read out. */

import { dayName, dateOf, sameDay } from "./dates.js";
import { make } from "./element.js";
import { icon } from "./icons.js";
import { byApp, messageElement } from "./message.js";
import { session } from "./route.js";
import { changed, replies } from "./store.js";

const TOGETHER = 300;
const PAGE = 150;
const NEAR = 60;

function goesOn(before, message) {
  if (
    !before ||
    before.subtype ||
    message.subtype ||
    byApp(before) !== byApp(message) ||
    before.user !== message.user ||
    before.username !== message.username
  )
    return false;
  return Number(message.ts) - Number(before.ts) < TOGETHER && sameDay(before.ts, message.ts);
}

function divider(text, className) {
  return make("div", { class: `divider ${className}`, role: "separator", "aria-label": text }, make("span", {}, text));
}

/** Makes a stream: {element, show(list, options), reveal(ts)}. */
export function stream(label) {
  const inner = make("div", {
    class: "stream-inner",
    role: "log",
    "aria-live": "polite",
    "aria-relevant": "additions",
    "aria-label": label,
  });
  const scroller = make("div", { class: "stream", tabindex: "0", role: "group", "aria-label": label }, inner);
  const jump = make(
    "button",
    { type: "button", class: "jump", hidden: true, onclick: () => toEnd() },
    icon("down", 16),
    "New messages",
  );
  const element = make("div", { class: "stream-frame" }, scroller, jump);
  const drawn = new Map();
  let atEnd = true;
  let shown = PAGE;
  let newest = "";
  let current = [];

  const toEnd = () => {
    atEnd = true;
    scroller.scrollTop = scroller.scrollHeight;
  };
  scroller.addEventListener("scroll", () => {
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
    if (atEnd) jump.hidden = true;
  });
  new ResizeObserver(() => {
    if (atEnd) toEnd();
  }).observe(inner);
  new ResizeObserver(() => {
    if (atEnd) toEnd();
  }).observe(scroller);

  function node(channel, message, options) {
    const list = options.inThread ? [] : replies(channel, message.ts);
    const face = `${session.person}/${options.compact}/${Boolean(options.dismiss)}/${list.length}/${list.at(-1)?.ts}`;
    const kept = drawn.get(message.ts);
    if (kept && kept.message === message && kept.face === face) return kept.element;
    const fresh = messageElement(channel, message, options);
    drawn.set(message.ts, { message, face, element: fresh });
    return fresh;
  }

  function rows(channel, list, { inThread, news, isWhisper, dismiss, lead, afterFirst = null }) {
    const older = list.length - shown;
    const visible = older > 0 ? list.slice(older) : list;
    const nodes = lead && older <= 0 ? [lead] : [];
    if (older > 0)
      nodes.push(
        make(
          "button",
          {
            type: "button",
            class: "button older",
            onclick: () => {
              shown += PAGE;
              changed();
            },
          },
          `Show ${Math.min(PAGE, older)} older messages`,
        ),
      );
    let before = null;
    let lineDrawn = !news || news.after === "0";
    for (const message of visible) {
      if (!inThread && (!before || !sameDay(before.ts, message.ts)))
        nodes.push(divider(dayName(dateOf(message.ts)), "day"));
      const fresh =
        !lineDrawn && message.ts > news.after && message.ts <= news.until && message.user !== session.person;
      if (fresh) {
        nodes.push(divider("New", "new"));
        lineDrawn = true;
      }
      const whispered = isWhisper(message);
      nodes.push(
        node(channel, message, {
          inThread,
          compact: !fresh && !whispered && !(before && isWhisper(before)) && goesOn(before, message),
          dismiss: whispered ? dismiss : null,
        }),
      );
      if (afterFirst && message === list[0]) nodes.push(divider(afterFirst, "replies"));
      before = afterFirst && message === list[0] ? null : message;
    }
    return nodes;
  }

  /** Draws the messages; only nodes that differ are put in. */
  function show(channel, list, options) {
    current = list;
    const target = rows(channel, list, options);
    const focused = document.activeElement?.closest?.("[data-ts]");
    const key = inner.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    reconcile(inner, target);
    refocus(inner, focused, key);
    const last = list.at(-1)?.ts ?? "";
    if (newest && last > newest && !atEnd) jump.hidden = false;
    if (newest && last > newest && list.at(-1).user === session.person) atEnd = true;
    newest = last;
    if (atEnd) toEnd();
  }

  /** Scrolls to a message and marks it. False where it is not drawn yet; the next drawing then has it. */
  function reveal(ts) {
    const wanted = inner.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    if (!wanted) {
      const index = current.findIndex((message) => message.ts === ts);
      if (index < 0) return true;
      shown = current.length - index + PAGE;
      changed();
      return false;
    }
    atEnd = false;
    wanted.scrollIntoView({ block: "center" });
    wanted.classList.add("spotlight");
    window.setTimeout(() => wanted.classList.remove("spotlight"), 3000);
    return true;
  }

  scroller.addEventListener("keydown", (event) => walk(event, inner));
  return { element, show, reveal, toEnd };
}

function reconcile(container, target) {
  const wanted = new Set(target);
  for (const child of [...container.children]) {
    if (!wanted.has(child)) child.remove();
  }
  target.forEach((child, index) => {
    if (container.children[index] !== child) container.insertBefore(child, container.children[index] ?? null);
  });
}

function refocus(container, focused, key) {
  if (!focused || focused.isConnected) return;
  const again = container.querySelector(`[data-ts="${CSS.escape(focused.dataset.ts)}"]`);
  // A block's id changes with every edit, an action's does not.
  const inside = key
    ? again?.querySelector(`[data-key="${CSS.escape(key)}"], [data-key$="/${CSS.escape(key.split("/").at(-1))}"]`)
    : null;
  (inside ?? again)?.focus({ preventScroll: true });
}

/** Up and down move from message to message, as in Slack. */
function walk(event, inner) {
  if (!["ArrowUp", "ArrowDown"].includes(event.key) || event.target.closest("input, textarea, select, [role=menu]"))
    return;
  const all = [...inner.querySelectorAll(".message")];
  if (!all.length) return;
  const here = all.indexOf(event.target.closest(".message"));
  const next = here < 0 ? all.length - 1 : here + (event.key === "ArrowDown" ? 1 : -1);
  event.preventDefault();
  all[Math.max(0, Math.min(all.length - 1, next))].focus();
}
