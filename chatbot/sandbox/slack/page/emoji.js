/** Emoji by Slack's short names and by character. Unknown names stay as they are typed, as in Slack. */

import { drawing } from "./emoji-shapes.js";
import { make } from "./element.js";

/** Slack's names; the first name of a character is the one shown. */
export const EMOJI = {
  large_red_square: "🟥",
  large_orange_square: "🟧",
  large_yellow_square: "🟨",
  large_green_square: "🟩",
  large_blue_square: "🟦",
  large_purple_square: "🟪",
  large_brown_square: "🟫",
  black_large_square: "⬛",
  white_large_square: "⬜",
  white_square: "◻️",
  black_square: "◼️",
  white_medium_square: "◻️",
  black_medium_square: "◼️",
  red_circle: "🔴",
  large_orange_circle: "🟠",
  large_yellow_circle: "🟡",
  large_green_circle: "🟢",
  large_blue_circle: "🔵",
  large_purple_circle: "🟣",
  large_brown_circle: "🟤",
  black_circle: "⚫",
  white_circle: "⚪",
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  ballot_box_with_check: "☑️",
  x: "❌",
  negative_squared_cross_mark: "❎",
  heavy_multiplication_x: "✖️",
  warning: "⚠️",
  no_entry: "⛔",
  no_entry_sign: "🚫",
  octagonal_sign: "🛑",
  rotating_light: "🚨",
  fire: "🔥",
  boom: "💥",
  eyes: "👀",
  bell: "🔔",
  no_bell: "🔕",
  zzz: "💤",
  pushpin: "📌",
  round_pushpin: "📍",
  thread: "🧵",
  hourglass: "⌛",
  hourglass_flowing_sand: "⏳",
  clock1: "🕐",
  clock3: "🕒",
  alarm_clock: "⏰",
  stopwatch: "⏱️",
  timer_clock: "⏲️",
  rocket: "🚀",
  bug: "🐛",
  lock: "🔒",
  mag: "🔍",
  bulb: "💡",
  memo: "📝",
  calendar: "📅",
  bar_chart: "📊",
  chart_with_upwards_trend: "📈",
  chart_with_downwards_trend: "📉",
  construction: "🚧",
  wrench: "🔧",
  link: "🔗",
  tada: "🎉",
  "+1": "👍",
  thumbsup: "👍",
  "-1": "👎",
  thumbsdown: "👎",
  heart: "❤️",
  star: "⭐",
  sparkles: "✨",
  question: "❓",
  grey_question: "❔",
  exclamation: "❗",
  bangbang: "‼️",
  information_source: "ℹ️",
  arrow_up: "⬆️",
  arrow_down: "⬇️",
  arrow_right: "➡️",
  arrow_left: "⬅️",
  leftwards_arrow_with_hook: "↩️",
  rewind: "⏪",
  arrows_counterclockwise: "🔄",
  repeat: "🔁",
  robot_face: "🤖",
  bust_in_silhouette: "👤",
  raised_hands: "🙌",
  pray: "🙏",
  wave: "👋",
  sob: "😭",
  smile: "😄",
  slightly_smiling_face: "🙂",
  thinking_face: "🤔",
  sleeping: "😴",
  grinning: "😀",
  joy: "😂",
  sweat_smile: "😅",
  cry: "😢",
  scream: "😱",
  shrug: "🤷",
  facepalm: "🤦",
  clap: "👏",
  ok_hand: "👌",
  muscle: "💪",
  point_up: "☝️",
  point_right: "👉",
  100: "💯",
  package: "📦",
  hammer: "🔨",
  hammer_and_wrench: "🛠️",
  gear: "⚙️",
  key: "🔑",
  clipboard: "📋",
  scroll: "📜",
  book: "📖",
  label: "🏷️",
  email: "✉️",
  telephone_receiver: "📞",
  mega: "📣",
  loudspeaker: "📢",
  speech_balloon: "💬",
  busts_in_silhouette: "👥",
  detective: "🕵️",
  male_detective: "🕵️‍♂️",
  snowflake: "❄️",
  sunny: "☀️",
  cloud: "☁️",
  zap: "⚡",
  ghost: "👻",
  skull: "💀",
  coffee: "☕",
  beer: "🍺",
  pizza: "🍕",
  cake: "🍰",
  trophy: "🏆",
  checkered_flag: "🏁",
  triangular_flag_on_post: "🚩",
  ship: "🚢",
  ambulance: "🚑",
  fire_engine: "🚒",
  traffic_light: "🚦",
  soon: "🔜",
  new: "🆕",
  sos: "🆘",
  ok: "🆗",
  up: "🆙",
  top: "🔝",
  recycle: "♻️",
  infinity: "♾️",
  heavy_plus_sign: "➕",
  heavy_minus_sign: "➖",
  small_red_triangle: "🔺",
  small_red_triangle_down: "🔻",
  large_blue_diamond: "🔷",
  large_orange_diamond: "🔶",
  small_blue_diamond: "🔹",
  small_orange_diamond: "🔸",
  mute: "🔇",
  speaker: "🔈",
  double_vertical_bar: "⏸️",
  arrow_forward: "▶️",
  black_right_pointing_triangle_with_double_vertical_bar: "⏯️",
  wastebasket: "🗑️",
  pencil2: "✏️",
  hash: "#️⃣",
  one: "1️⃣",
  two: "2️⃣",
  three: "3️⃣",
  four: "4️⃣",
  five: "5️⃣",
  test_tube: "🧪",
  seedling: "🌱",
  evergreen_tree: "🌲",
  deciduous_tree: "🌳",
  wood: "🪵",
};

const BARE = /\uFE0F/g;
const NAMES = new Map();
for (const [name, character] of Object.entries(EMOJI)) {
  const key = character.replace(BARE, "");
  if (!NAMES.has(key)) NAMES.set(key, name);
}
const DRAWN = [...NAMES]
  .filter(([, name]) => drawing(name) !== null && name !== "white_square" && name !== "black_square")
  .map(([character]) => character);
const TEXTUAL = new Set(["✔", "✖", "❤", "ℹ", "⬆", "⬇", "➡", "⬅", "↩", "‼", "☑"]);
const PATTERN = new RegExp(
  DRAWN.map((character) => (TEXTUAL.has(character) ? `${character}\\uFE0F` : `${character}\\uFE0F?`)).join("|"),
  "gu",
);

/** The emoji called *name*, or null where this page knows none of that name. */
export function emoji(name, unicode) {
  const character = Object.hasOwn(EMOJI, name) ? EMOJI[name] : spelled(unicode);
  if (!character) return null;
  const picture = drawing(name);
  const letter = make("span", { class: picture ? "emoji-letter" : null }, character);
  return make(
    "span",
    { class: picture ? "emoji drawn" : "emoji", role: "img", "aria-label": `:${name}:`, title: `:${name}:` },
    letter,
    picture,
  );
}

function spelled(unicode) {
  const points = (unicode ?? "")
    .split("-")
    .map((point) => Number.parseInt(point, 16))
    .filter((point) => point > 0);
  return points.length ? String.fromCodePoint(...points) : "";
}

/** Text with the emoji characters in it drawn. Gives nodes and strings. */
export function withEmoji(text) {
  const pieces = [];
  let end = 0;
  for (const found of text.matchAll(PATTERN)) {
    pieces.push(text.slice(end, found.index), emoji(NAMES.get(found[0].replace(BARE, ""))));
    end = found.index + found[0].length;
  }
  return [...pieces, text.slice(end)].filter((piece) => piece !== "");
}

/** Plain text as Slack shows it: `:names:` and characters become emoji, everything else stays. */
export function plainText(text, named = true) {
  if (!named) return withEmoji(text);
  return text.split(/(:[a-z0-9_+'-]+:)/).flatMap((piece) => {
    const drawn = /^:.+:$/.test(piece) ? emoji(piece.slice(1, -1)) : null;
    return drawn ? [drawn] : withEmoji(piece);
  });
}
