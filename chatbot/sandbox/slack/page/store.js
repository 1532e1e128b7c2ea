/** What the server has told this page: people, channels and messages. Draws nothing. */

/** The workspace as last told. Maps are keyed by Slack's ids; `messages` by channel and then ts. */
export const workspace = {
  team: { name: "" },
  people: new Map(),
  usergroups: new Map(),
  channels: new Map(),
  commands: [],
  shortcuts: [],
  bot: { name: "", connected: false },
  messages: new Map(),
  ephemerals: new Map(),
  modals: new Map(),
  homes: new Map(),
  online: false,
  ready: false,
};

const TOGETHER = 16;
const listeners = new Set();
const arranged = new Map();
let waiting = false;

/** Calls *listener* after changes, once for all that came together. */
export function subscribe(listener) {
  listeners.add(listener);
}

/** Tells the listeners soon. */
export function changed() {
  if (waiting) return;
  waiting = true;
  window.setTimeout(() => {
    waiting = false;
    listeners.forEach((listener) => listener());
  }, TOGETHER);
}

const byId = (list) => new Map((list ?? []).map((one) => [one.id, one]));

/** Takes a whole state in. */
export function load(state) {
  Object.assign(workspace, {
    team: state.team,
    people: byId(state.people),
    usergroups: byId(state.usergroups),
    channels: byId(state.channels),
    commands: state.commands ?? [],
    shortcuts: state.shortcuts ?? [],
    bot: state.bot ?? {},
    messages: new Map(
      Object.entries(state.messages ?? {}).map(([channel, list]) => [
        channel,
        new Map(list.map((message) => [message.ts, message])),
      ]),
    ),
    ephemerals: new Map(Object.entries(state.ephemerals ?? {}).map(([user, list]) => [user, [...list]])),
    modals: new Map(Object.entries(state.modals ?? {})),
    homes: new Map(Object.entries(state.homes ?? {})),
    ready: true,
  });
  arranged.clear();
  changed();
}

function whisper(user, channel, message) {
  const list = workspace.ephemerals.get(user) ?? [];
  const place = list.findIndex((one) => one.message.ts === message.ts && one.channel === channel);
  if (place >= 0) list[place] = { channel, message };
  else list.push({ channel, message });
  workspace.ephemerals.set(user, list);
}

/** A root with replies leaves a tombstone, as in Slack. */
function forget(channel, ts) {
  if (replies(channel, ts).length)
    room(channel).set(ts, { ts, thread_ts: ts, subtype: "tombstone", text: "This message was deleted." });
  else workspace.messages.get(channel)?.delete(ts);
  for (const [user, list] of workspace.ephemerals) {
    workspace.ephemerals.set(
      user,
      list.filter((one) => one.channel !== channel || one.message.ts !== ts),
    );
  }
}

const TAKERS = {
  message: ({ channel, message }) => room(channel).set(message.ts, message),
  changed: ({ channel, message }) => room(channel).set(message.ts, message),
  deleted: ({ channel, message, ts }) => forget(channel, message?.ts ?? message?.deleted_ts ?? ts),
  ephemeral: ({ user, channel, message }) => whisper(user, channel, message),
  modal: ({ user, view }) => workspace.modals.set(user, view),
  home: ({ user, view }) => workspace.homes.set(user, view),
  bot: ({ connected }) => {
    workspace.bot = { ...workspace.bot, connected };
  },
};

function room(channel) {
  if (!workspace.messages.has(channel)) workspace.messages.set(channel, new Map());
  return workspace.messages.get(channel);
}

/** Takes one live update in; kinds it does not know change nothing. */
export function take(update) {
  TAKERS[update.type]?.(update);
  if (update.channel) arranged.delete(update.channel);
  changed();
}

const earlier = (one, other) => (one.ts < other.ts ? -1 : Number(one.ts > other.ts));
const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

function arrange(channel) {
  if (arranged.has(channel)) return arranged.get(channel);
  const sorted = [...(workspace.messages.get(channel)?.values() ?? [])].sort(earlier);
  const threads = new Map();
  for (const reply of sorted.filter(isReply)) {
    threads.set(reply.thread_ts, [...(threads.get(reply.thread_ts) ?? []), reply]);
  }
  const order = {
    sorted,
    roots: sorted.filter((message) => !isReply(message) || message.subtype === "thread_broadcast"),
    threads,
  };
  arranged.set(channel, order);
  return order;
}

/** A channel's own messages, oldest first: roots, and replies that were also sent to the channel. */
export const roots = (channel) => arrange(channel).roots;

/** The replies of a thread, oldest first. */
export const replies = (channel, ts) => arrange(channel).threads.get(ts) ?? [];

/** Every message of a channel, replies too, oldest first. */
export const everything = (channel) => arrange(channel).sorted;

/** One message, or undefined. */
export const messageAt = (channel, ts) => workspace.messages.get(channel)?.get(ts);

/** What only *user* sees in *channel*: in the thread *thread*, or beside it where that is undefined. */
export function whispers(user, channel, thread) {
  return (workspace.ephemerals.get(user) ?? [])
    .filter((one) => one.channel === channel && (one.message.thread_ts ?? undefined) === thread)
    .map((one) => one.message);
}

/** How a person is called; ids that nobody has stay ids. */
export function personName(id) {
  const person = workspace.people.get(id);
  if (person) return person.real_name || person.name;
  return [workspace.bot.user_id, workspace.bot.id].includes(id) ? workspace.bot.name : id;
}

/** Whether *id* is the bot's own user. */
export function isBot(id) {
  const person = workspace.people.get(id);
  if (!person) return id === null || id === workspace.bot.user_id;
  return (
    Boolean(person.is_bot || person.bot_id) || id === workspace.bot.user_id || person.real_name === workspace.bot.name
  );
}

/** The bot's direct messages with a person, whether or not there are any yet. */
export function directChannel(person) {
  return `D${(person ?? "").slice(1)}`;
}
