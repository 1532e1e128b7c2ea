/** The line icons of the page's own controls, drawn on a 20 x 20 grid. */

import { draw } from "./element.js";

const PATHS = {
  home: "M3 9.2 10 3l7 6.2V16a1 1 0 0 1-1 1h-3.7v-4.6H7.7V17H4a1 1 0 0 1-1-1z",
  bell: "M10 2.8a4.7 4.7 0 0 0-4.7 4.7c0 4-1.8 5.4-1.8 6.3h13c0-.9-1.8-2.3-1.8-6.3A4.7 4.7 0 0 0 10 2.8zM8.2 16.4a1.9 1.9 0 0 0 3.6 0",
  hash: "M4 7.3h12.5M3.5 12.7H16M8.2 3.3 6.3 16.7M13.7 3.3l-1.9 13.4",
  archive: "M3 4h14v3.4H3zM4.2 7.4V16h11.6V7.4M8 10.6h4",
  reply:
    "M3.2 4.4a1.2 1.2 0 0 1 1.2-1.2h11.2a1.2 1.2 0 0 1 1.2 1.2v8a1.2 1.2 0 0 1-1.2 1.2H9.4L5.6 17v-3.4H4.4a1.2 1.2 0 0 1-1.2-1.2zM6.6 6.9h6.8M6.6 10h4.4",
  smile: "M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4zM6.8 11.6a3.4 3.4 0 0 0 6.4 0M7.6 7.7v.9M12.4 7.7v.9",
  dots: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  dotsDown: "M10 4.5v.01M10 10v.01M10 15.5v.01",
  close: "M4.6 4.6l10.8 10.8M15.4 4.6 4.6 15.4",
  send: "M3.4 16.6 17 10 3.4 3.4l1.5 5.5 6.2 1.1-6.2 1.1z",
  down: "M5.4 7.8 10 12.2l4.6-4.4",
  right: "M7.8 5.4 12.2 10l-4.4 4.6",
  menu: "M3.4 5.4h13.2M3.4 10h13.2M3.4 14.6h13.2",
  moon: "M16.4 12.2A6.8 6.8 0 0 1 7.8 3.6a6.8 6.8 0 1 0 8.6 8.6z",
  sun: "M10 6.4a3.6 3.6 0 1 0 0 7.2 3.6 3.6 0 0 0 0-7.2zM10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2M4.3 15.7l1.2-1.2M14.5 5.5l1.2-1.2",
  search: "M8.8 3.2a5.6 5.6 0 1 0 0 11.2 5.6 5.6 0 0 0 0-11.2zM13 13l4 4",
  at: "M13.2 10a3.2 3.2 0 1 1-6.4 0 3.2 3.2 0 0 1 6.4 0zm0 0v1.2a2 2 0 0 0 4 0V10a7.2 7.2 0 1 0-3 5.8",
  slash: "M4 3.4h12a.8.8 0 0 1 .8.8v11.6a.8.8 0 0 1-.8.8H4a.8.8 0 0 1-.8-.8V4.2a.8.8 0 0 1 .8-.8zM11.8 6.4l-3.6 7.2",
  bold: "M6 3.8h4.6a3 3 0 0 1 0 6H6zM6 9.8h5.4a3.2 3.2 0 0 1 0 6.4H6z",
  italic: "M8 3.8h6M6 16.2h6M11.6 3.8 8.4 16.2",
  strike:
    "M3.6 10h12.8M13.6 6.4c-.4-1.6-1.8-2.6-3.6-2.6s-3.4 1-3.4 2.7c0 1 .6 1.8 1.6 2.3M6.2 13.2c.4 1.8 1.8 3 3.8 3s3.6-1.1 3.6-2.9c0-.6-.2-1.1-.4-1.5",
  code: "M6.8 5.6 2.6 10l4.2 4.4M13.2 5.6l4.2 4.4-4.2 4.4",
  quote: "M3.6 3.6v12.8M7.6 5.4h9M7.6 10h9M7.6 14.6h6",
  list: "M7.4 5.2h9.4M7.4 10h9.4M7.4 14.8h9.4M3.6 5.2h.01M3.6 10h.01M3.6 14.8h.01",
  back: "M16 10H4.4M9 4.8 4 10l5 5.2",
  forward: "M4 10h11.6M11 4.8l5 5.2-5 5.2",
  file: "M5 2.8h6.4L15.4 7v9.4a.8.8 0 0 1-.8.8H5a.8.8 0 0 1-.8-.8V3.6a.8.8 0 0 1 .8-.8zM11 2.8V7h4.4",
  check: "M4 10.6 8.2 15 16 5.6",
  eye: "M2.4 10S5.2 5 10 5s7.6 5 7.6 5-2.8 5-7.6 5-7.6-5-7.6-5zM10 7.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z",
  sort: "M6 8l4-4 4 4M6 12l4 4 4-4",
  alert: "M10 3 18 16.6H2zM10 8v4M10 14.2v.2",
};

/** A decorative icon: whatever holds it says in words what it does. */
export function icon(name, size = 20) {
  const shape = draw("path", { d: PATHS[name] });
  return draw(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true" },
    shape,
  );
}

/** The bot's picture: a trunk with commits on it, one of them red. */
export function botPicture() {
  return draw(
    "svg",
    { viewBox: "0 0 36 36", "aria-hidden": "true" },
    draw("rect", { width: 36, height: 36, fill: "#1b2a41" }),
    draw("path", { d: "M9 27 27 9M15 21v-9M21 15h7", stroke: "#cdd9e8", "stroke-width": 2.4, fill: "none" }),
    draw("circle", { cx: 9, cy: 27, r: 3.6, fill: "#2eb67d" }),
    draw("circle", { cx: 15, cy: 12, r: 3, fill: "#36c5f0" }),
    draw("circle", { cx: 18, cy: 18, r: 3.6, fill: "#ecb22e" }),
    draw("circle", { cx: 27, cy: 9, r: 4, fill: "#e01e5a" }),
  );
}
