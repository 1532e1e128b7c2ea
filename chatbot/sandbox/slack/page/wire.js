/** Talks to the sandbox: its state, its live updates, and what people do. */

import { session } from "./route.js";
import { changed, load, take, workspace } from "./store.js";
import { toast } from "./toast.js";

const RETRY = 1000;
const SETTLE = 200;
let toldAt = -Infinity;

/** Does something as the present person; a refusal shows as a toast and comes back as {ok: false, error, errors?}. */
export async function act(action) {
  const began = performance.now();
  const answer = await send({ user: session.person, ...action });
  if (answer.ok || answer.errors) return answer;
  // Where Slack has a notice of its own for this, it comes over the live connection and is enough.
  window.setTimeout(() => {
    if (toldAt < began) toast(answer.error ?? "That did not work. Try again.");
  }, SETTLE);
  return answer;
}

async function send(action) {
  try {
    const response = await fetch("/page/act", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(action),
    });
    const answer = await response.json();
    return response.ok ? answer : { ok: false, error: answer.error ?? `The sandbox answered ${response.status}.` };
  } catch {
    return { ok: false, error: "The sandbox does not answer. Is it still running?" };
  }
}

async function fetchState() {
  const response = await fetch("/page/state", { cache: "no-store" });
  if (!response.ok) throw new Error(`The sandbox answered ${response.status}.`);
  return response.json();
}

function hear(update) {
  if (update.type === "toast") {
    if (update.user && update.user !== session.person) return;
    toldAt = performance.now();
    toast(update.text);
  } else if (update.type === "channel") {
    fetchState()
      .then(load)
      .catch(() => toast("The sandbox does not answer. Is it still running?"));
  } else {
    take(update);
  }
}

/** Keeps the page current: updates that arrive while the state is being read wait for it. *ready* is called after each read. */
export function stayLive(ready) {
  const early = [];
  let loaded = false;
  const socket = new WebSocket(new URL("/page/live", window.location.href.replace(/^http/, "ws")));
  socket.addEventListener("message", (event) => {
    const update = JSON.parse(event.data);
    if (loaded) hear(update);
    else early.push(update);
  });
  socket.addEventListener("open", async () => {
    try {
      load(await fetchState());
      loaded = true;
      early.forEach(hear);
      online(true);
      ready();
    } catch {
      socket.close();
    }
  });
  socket.addEventListener("close", () => {
    online(false);
    window.setTimeout(() => stayLive(ready), RETRY);
  });
}

function online(state) {
  workspace.online = state;
  document.documentElement.dataset.live = state ? "on" : "off";
  changed();
}
