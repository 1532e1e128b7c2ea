/** Small drawings of the emoji that status messages live on: no font has to be installed to see them. */

import { draw } from "./element.js";

const COLORS = {
  red: "#dd2e44",
  orange: "#f4900c",
  yellow: "#fdcb58",
  green: "#78b159",
  blue: "#55acee",
  purple: "#aa8ed6",
  brown: "#c1694f",
  black: "#31373d",
  white: "#e6e7e8",
};

const path = (fill, d) => ["path", { fill, d }];
const line = (stroke, width, d) => [
  "path",
  { fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round", d },
];
const disc = (fill, cx, cy, r) => ["circle", { fill, cx, cy, r }];
const box = (fill, x, y, width, height, rx = 0) => ["rect", { fill, x, y, width, height, rx }];
const letters = (fill, text, size, y = 24) => [
  "text",
  { fill, x: 18, y, "font-size": size, "font-weight": 800, "text-anchor": "middle" },
  text,
];

const square = (color) => [box(COLORS[color], 0, 0, 36, 36, 4)];
const circle = (color) => [disc(COLORS[color], 18, 18, 18)];
const blueKey = (d) => [box("#3b88c3", 0, 0, 36, 36, 4), line("#fff", 3.6, d)];
const clockFace = [disc("#ccd6dd", 18, 18, 18), disc("#fff", 18, 18, 14), line("#31373d", 2.6, "M18 18V8M18 18l6 4")];
const face = [disc("#ffcc4d", 18, 18, 18)];
const bellBody = path(
  "#ffac33",
  "M28 24c0-9-2-17-10-17S8 15 8 24c-2 1-3 2-3 4h26c0-2-1-3-3-4zM18 4a2.4 2.4 0 0 1 2.4 2.4H15.6A2.4 2.4 0 0 1 18 4z",
);
const glass = [
  path("#3b94d9", "M8 2h20v4c0 6-6 8-6 12s6 6 6 12v4H8v-4c0-6 6-8 6-12S8 12 8 6z"),
  path("#ffe8b6", "M11 31c0-5 5-6 7-9 2 3 7 4 7 9z"),
  path("#c1694f", "M6 1h24v3H6zM6 32h24v3H6z"),
];
const thumb = path("#ffdb5e", "M5 16h6v16H5zM13 17l5-14c4-1 5 2 5 4l-1 7h9c3 0 4 2 3 4l-3 12c-.6 2-2 2-3 2H13z");

/** Emoji name to shapes on a 36 x 36 grid. */
const SHAPES = {
  large_red_square: square("red"),
  large_orange_square: square("orange"),
  large_yellow_square: square("yellow"),
  large_green_square: square("green"),
  large_blue_square: square("blue"),
  large_purple_square: square("purple"),
  large_brown_square: square("brown"),
  black_large_square: square("black"),
  white_large_square: square("white"),
  white_square: [box("#e6e7e8", 5, 5, 26, 26, 3)],
  black_square: [box("#31373d", 5, 5, 26, 26, 3)],
  red_circle: circle("red"),
  large_orange_circle: circle("orange"),
  large_yellow_circle: circle("yellow"),
  large_green_circle: circle("green"),
  large_blue_circle: circle("blue"),
  large_purple_circle: circle("purple"),
  large_brown_circle: circle("brown"),
  black_circle: circle("black"),
  white_circle: circle("white"),
  white_check_mark: [box("#77b255", 0, 0, 36, 36, 4), line("#fff", 4.6, "M8 18.5l7 7L28 10")],
  heavy_check_mark: [line("#31373d", 5.4, "M5 19l9 10L31 6")],
  ballot_box_with_check: [box("#3b88c3", 0, 0, 36, 36, 4), line("#fff", 4.6, "M8 18.5l7 7L28 10")],
  x: [line("#dd2e44", 6.4, "M6 6l24 24M30 6 6 30")],
  negative_squared_cross_mark: [box("#77b255", 0, 0, 36, 36, 4), line("#fff", 4.6, "M9 9l18 18M27 9 9 27")],
  heavy_multiplication_x: [line("#31373d", 5.4, "M7 7l22 22M29 7 7 29")],
  warning: [
    path("#ffcc4d", "M16 3a2.5 2.5 0 0 1 4 0l15 27a2.6 2.6 0 0 1-2 4H3a2.6 2.6 0 0 1-2-4z"),
    line("#31373d", 4, "M18 13v9"),
    disc("#31373d", 18, 28, 2.3),
  ],
  no_entry: [disc("#be1931", 18, 18, 18), box("#fff", 6, 14.5, 24, 7, 1)],
  no_entry_sign: [
    ["circle", { fill: "none", stroke: "#dd2e44", "stroke-width": 5, cx: 18, cy: 18, r: 15 }],
    line("#dd2e44", 5, "M8 8l20 20"),
  ],
  octagonal_sign: [path("#dd2e44", "M11 1h14l10 10v14L25 35H11L1 25V11z"), letters("#fff", "STOP", 10.5, 22)],
  rotating_light: [
    path("#dd2e44", "M9 28V18a9 9 0 0 1 18 0v10z"),
    box("#99aab5", 4, 28, 28, 6, 2),
    line("#ffac33", 2.6, "M18 1v4M4 7l3 3M32 7l-3 3M1 19h3M32 19h3"),
  ],
  fire: [
    path("#f4900c", "M18 1c2 7 12 10 12 21a12 13 0 0 1-24 0c0-6 3-8 4-12 2 2 3 4 3 6 3-3 5-8 5-15z"),
    path("#ffcc4d", "M18 17c1 4 6 6 6 11a6 6.5 0 0 1-12 0c0-4 4-5 6-11z"),
  ],
  boom: [
    path("#dd2e44", "M18 1l4 9 9-5-3 10 8 4-9 4 4 10-10-4-4 7-3-8-10 5 4-10-8-4 9-4-5-9 10 4z"),
    path("#ffcc4d", "M18 10l2 5 5-2-2 5 4 2-5 2 2 5-5-2-2 4-2-4-5 2 2-5-4-2 5-2-2-5 5 2z"),
  ],
  eyes: [
    ["ellipse", { fill: "#fff", stroke: "#8899a6", "stroke-width": 1.4, cx: 9.5, cy: 18, rx: 8, ry: 12 }],
    ["ellipse", { fill: "#fff", stroke: "#8899a6", "stroke-width": 1.4, cx: 26.5, cy: 18, rx: 8, ry: 12 }],
    disc("#292f33", 6.5, 19, 4.4),
    disc("#292f33", 23.5, 19, 4.4),
  ],
  bell: [bellBody, path("#ffac33", "M14 30h8a4 4 0 0 1-8 0z")],
  no_bell: [bellBody, path("#ffac33", "M14 30h8a4 4 0 0 1-8 0z"), line("#dd2e44", 4.4, "M4 4l28 28")],
  zzz: [line("#3b88c3", 3.6, "M16 3h16L17 18h15M8 16h10L8 26h10M2 26h7l-7 7h7")],
  pushpin: [path("#dd2e44", "M22 2l12 12-4 1-6 6v8L7 12h8l6-6z"), line("#99aab5", 2.6, "M14 22 2 34")],
  round_pushpin: [line("#99aab5", 3, "M18 16v18"), disc("#dd2e44", 18, 10, 9)],
  thread: [
    box("#be1931", 9, 6, 18, 24, 1),
    path("#c1694f", "M7 2h22v4H7zM7 30h22v4H7z"),
    line("#f4abba", 2, "M10 11l16 3M10 17l16 3M10 23l16 3"),
  ],
  hourglass: glass,
  hourglass_flowing_sand: [...glass, line("#ffe8b6", 2, "M18 17v8")],
  clock1: clockFace,
  clock3: clockFace,
  alarm_clock: [...clockFace, disc("#dd2e44", 6, 5, 4), disc("#dd2e44", 30, 5, 4)],
  stopwatch: clockFace,
  timer_clock: clockFace,
  rocket: [
    path("#a0041e", "M3 33l5-14 9 9z"),
    path("#ccd6dd", "M35 1C22 2 10 12 8 22l6 6C24 26 34 14 35 1z"),
    disc("#3b88c3", 23, 13, 4),
  ],
  bug: [
    line("#662113", 2, "M6 12l6 4M30 12l-6 4M3 21h8M33 21h-8M6 31l6-5M30 31l-6-5"),
    ["ellipse", { fill: "#77b255", cx: 18, cy: 21, rx: 9, ry: 12 }],
    disc("#3e721d", 18, 8, 5),
  ],
  lock: [line("#99aab5", 4, "M10 17v-5a8 8 0 0 1 16 0v5"), box("#ffac33", 5, 16, 26, 18, 3)],
  mag: [disc("#9ad", 14, 14, 11), disc("#dcecf8", 14, 14, 8), line("#66757f", 4.6, "M23 23l10 10")],
  bulb: [path("#ffd983", "M18 1a11 11 0 0 1 6 20v6H12v-6A11 11 0 0 1 18 1z"), box("#99aab5", 12, 27, 12, 7, 2)],
  memo: [
    box("#e1e8ed", 4, 2, 24, 32, 2),
    line("#99aab5", 2, "M9 10h14M9 16h14M9 22h9"),
    line("#ffac33", 4, "M32 14 20 30"),
  ],
  calendar: [box("#e1e8ed", 2, 4, 32, 30, 3), box("#dd2e44", 2, 4, 32, 9, 3), letters("#66757f", "17", 16, 30)],
  bar_chart: [
    box("#e1e8ed", 0, 0, 36, 36, 4),
    box("#77b255", 5, 12, 7, 20),
    box("#dd2e44", 14.5, 5, 7, 27),
    box("#3b88c3", 24, 17, 7, 15),
  ],
  chart_with_upwards_trend: [box("#e1e8ed", 0, 0, 36, 36, 4), line("#dd2e44", 3, "M4 28l9-9 6 5L32 7")],
  chart_with_downwards_trend: [box("#e1e8ed", 0, 0, 36, 36, 4), line("#3b88c3", 3, "M4 8l9 9 6-5 13 17")],
  construction: [
    box("#ffac33", 1, 8, 34, 13, 1),
    line("#31373d", 4, "M8 20l5-11M18 20l5-11M28 20l5-11"),
    line("#99aab5", 3, "M7 22v12M29 22v12"),
  ],
  wrench: [
    line("#8899a6", 6, "M12 24 28 8"),
    disc("#8899a6", 9, 27, 7),
    disc("#fff", 6, 30, 3.6),
    disc("#8899a6", 28, 8, 6),
  ],
  link: [line("#8899a6", 4, "M15 21l6-6M13 15l-6 6a5.6 5.6 0 0 0 8 8l6-6M23 21l6-6a5.6 5.6 0 0 0-8-8l-6 6")],
  tada: [
    path("#dd2e44", "M2 34 11 13l12 12z"),
    line("#ffac33", 3, "M20 13c4-4 2-8-1-10M24 19c4 0 8-1 9 3"),
    disc("#77b255", 28, 6, 2.4),
    disc("#3b88c3", 31, 14, 2),
    disc("#aa8ed6", 13, 5, 2.2),
  ],
  "+1": [thumb],
  thumbsup: [thumb],
  "-1": [["g", { transform: "rotate(180 18 18)" }, thumb]],
  thumbsdown: [["g", { transform: "rotate(180 18 18)" }, thumb]],
  heart: [path("#dd2e44", "M18 33C5 24 1 18 1 11.5A8.5 8.5 0 0 1 18 8a8.5 8.5 0 0 1 17 3.5C35 18 31 24 18 33z")],
  star: [path("#ffac33", "M18 2l5 11 12 1-9 8 3 12-11-6-11 6 3-12-9-8 12-1z")],
  sparkles: [
    path(
      "#ffac33",
      "M14 6l3 9 9 3-9 3-3 9-3-9-9-3 9-3zM29 2l1.5 4.5L35 8l-4.5 1.5L29 14l-1.5-4.5L23 8l4.5-1.5zM29 23l1.5 4.5L35 29l-4.5 1.5L29 35l-1.5-4.5L23 29l4.5-1.5z",
    ),
  ],
  question: [letters("#dd2e44", "?", 36, 31)],
  grey_question: [letters("#aab8c2", "?", 36, 31)],
  exclamation: [letters("#dd2e44", "!", 36, 31)],
  bangbang: [letters("#dd2e44", "!!", 34, 31)],
  information_source: [box("#3b88c3", 0, 0, 36, 36, 4), letters("#fff", "i", 28, 28)],
  arrow_up: blueKey("M18 29V8M9 17l9-9 9 9"),
  arrow_down: blueKey("M18 7v21M9 19l9 9 9-9"),
  arrow_right: blueKey("M7 18h21M19 9l9 9-9 9"),
  arrow_left: blueKey("M29 18H8M17 9l-9 9 9 9"),
  leftwards_arrow_with_hook: blueKey("M14 8l-7 7 7 7M8 15h13a6 6 0 0 1 0 12h-6"),
  rewind: blueKey("M17 10l-8 8 8 8M27 10l-8 8 8 8"),
  arrows_counterclockwise: blueKey("M9 16a9 9 0 0 1 16-4M25 7v6h-6M27 20a9 9 0 0 1-16 4M11 29v-6h6"),
  repeat: blueKey("M9 16a9 9 0 0 1 16-4M25 7v6h-6M27 20a9 9 0 0 1-16 4M11 29v-6h6"),
  robot_face: [
    box("#9aaab4", 5, 9, 26, 22, 4),
    disc("#dd2e44", 13, 18, 3.4),
    disc("#dd2e44", 23, 18, 3.4),
    box("#66757f", 11, 25, 14, 3),
    line("#66757f", 2.4, "M18 9V3"),
  ],
  bust_in_silhouette: [disc("#4b6a88", 18, 11, 8), path("#4b6a88", "M3 34c0-9 6-13 15-13s15 4 15 13z")],
  raised_hands: [
    path(
      "#ffdb5e",
      "M5 17 3 8a2 2 0 0 1 4-1l2 5 1-8a2 2 0 0 1 4 0v12l2 6-3 12H7zM31 17l2-9a2 2 0 0 0-4-1l-2 5-1-8a2 2 0 0 0-4 0v12l-2 6 3 12h6z",
    ),
  ],
  pray: [path("#ffdb5e", "M17 4v29H8L5 22 14 5c1-2 3-2 3-1zM19 4v29h9l3-11L22 5c-1-2-3-2-3-1z")],
  wave: [
    path(
      "#ffdb5e",
      "M7 16 5 9c0-2 3-3 4-1l3 7-2-10c0-2 4-3 4 0l2 9V4c0-2 4-2 4 0l1 10 3-8c1-2 4-1 3 1l-3 15c-1 8-5 12-10 12-6 0-7-6-8-10z",
    ),
  ],
  sob: [
    ...face,
    line("#664500", 2.6, "M8 13c2-2 4-2 6 0M22 13c2-2 4-2 6 0M12 27c3-4 9-4 12 0"),
    box("#5dadec", 8, 15, 4, 18, 2),
    box("#5dadec", 24, 15, 4, 18, 2),
  ],
  smile: [
    ...face,
    path("#664500", "M8 20h20a10 10 0 0 1-20 0z"),
    line("#664500", 2.6, "M9 14c1-3 4-3 5 0M22 14c1-3 4-3 5 0"),
  ],
  slightly_smiling_face: [
    ...face,
    disc("#664500", 12, 14, 2.4),
    disc("#664500", 24, 14, 2.4),
    line("#664500", 2.4, "M11 22c3 5 11 5 14 0"),
  ],
  thinking_face: [
    ...face,
    disc("#664500", 12, 14, 2.4),
    disc("#664500", 24, 14, 2.4),
    line("#664500", 2.4, "M13 24h9M8 9l6-1"),
  ],
  sleeping: [
    ...face,
    line("#664500", 2.4, "M8 16h7M21 16h7"),
    disc("#664500", 18, 26, 3.6),
    letters("#3b88c3", "z", 14, 10),
  ],
};

function shape([tag, attributes, ...children]) {
  return draw(tag, attributes, ...children.map((child) => (Array.isArray(child) ? shape(child) : child)));
}

/** The drawing of an emoji, or null where there is none and the font must do. */
export function drawing(name) {
  if (!Object.hasOwn(SHAPES, name)) return null;
  return draw("svg", { viewBox: "0 0 36 36", "aria-hidden": "true" }, ...SHAPES[name].map(shape));
}
