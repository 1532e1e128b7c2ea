/** Starts the page: reads the state, stays live, and draws what changed. */

import { showActivity } from "./activity-page.js";
import { leaveChannel, showChannel } from "./channel.js";
import { leaveHome, showHome } from "./home.js";
import { showModal } from "./modal.js";
import { arrive, session } from "./route.js";
import { showSidebar } from "./sidebar.js";
import { subscribe, workspace } from "./store.js";
import { showThread } from "./thread.js";
import { showTop } from "./top.js";
import { markRead } from "./unread.js";
import { stayLive } from "./wire.js";

const PAGES = { channel: showChannel, home: showHome, activity: showActivity };
function show() {
  if (!workspace.ready || !session.person) return;
  if (session.view !== "home") leaveHome();
  if (session.view !== "channel") leaveChannel();
  PAGES[session.view]();
  showThread();
  showTop();
  showSidebar();
  showModal();
}

subscribe(show);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && session.view === "channel") markRead(session.person, session.channel);
});
stayLive(arrive);
