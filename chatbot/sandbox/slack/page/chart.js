/** The data_visualization block (line, bar, area, pie) drawn as SVG, with its figures in words for those who cannot see it. */

import { draw, make } from "./element.js";

const COLORS = [
  "#1d9bd1",
  "#e8912d",
  "#2bac76",
  "#cd2553",
  "#8d5fd3",
  "#d4ad18",
  "#4a7fd6",
  "#7d8b99",
  "#b3603a",
  "#3ba3a0",
  "#c15fa8",
  "#6b8e23",
];
// A narrow window gets a narrower drawing, so that its letters stay readable.
const [WIDTH, HEIGHT] = window.innerWidth < 560 ? [330, 220] : [560, 260];
const LABEL_WIDTH = 62;
const EDGE = { left: 46, right: 12, top: 14, bottom: 34 };
const figure = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

function niceStep(span) {
  const rough = span / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
}

function scale(values) {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const step = niceStep(high - low || 1);
  const [bottom, top] = [Math.floor(low / step) * step, Math.ceil(high / step) * step || step];
  const y = (value) => EDGE.top + (HEIGHT - EDGE.top - EDGE.bottom) * (1 - (value - bottom) / (top - bottom));
  const ticks = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, index) => bottom + index * step);
  return { y, ticks };
}

function frame(categories, { y, ticks }, axis) {
  const slot = (WIDTH - EDGE.left - EDGE.right) / categories.length;
  const every = Math.ceil((categories.length * LABEL_WIDTH) / (WIDTH - EDGE.left - EDGE.right));
  const lines = ticks.flatMap((tick) => [
    draw("line", { class: "rule", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(tick), y2: y(tick) }),
    draw("text", { class: "tick", x: EDGE.left - 6, y: y(tick) + 4, "text-anchor": "end" }, figure.format(tick)),
  ]);
  const names = categories.map((name, index) =>
    index % every
      ? null
      : draw(
          "text",
          { class: "tick", x: EDGE.left + slot * (index + 0.5), y: HEIGHT - EDGE.bottom + 16, "text-anchor": "middle" },
          shorten(name, slot * every),
        ),
  );
  const titles = [
    axis.x_label &&
      draw("text", { class: "axis", x: (WIDTH + EDGE.left) / 2, y: HEIGHT - 3, "text-anchor": "middle" }, axis.x_label),
    axis.y_label &&
      draw(
        "text",
        { class: "axis", x: 0, y: 0, "text-anchor": "middle", transform: `translate(11 ${HEIGHT / 2}) rotate(-90)` },
        axis.y_label,
      ),
  ];
  return { nodes: [...lines, ...names, ...titles], x: (index) => EDGE.left + slot * (index + 0.5), slot };
}

function shorten(name, width) {
  const letters = Math.max(3, Math.floor(width / 6.5));
  return name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
}

const hint = (series, label, value) =>
  draw("title", {}, `${series ? `${series}, ` : ""}${label}: ${figure.format(value)}`);

function bars(series, categories, { y }, { x, slot }) {
  const width = Math.min(34, (slot * 0.72) / series.length);
  return series.flatMap((one, row) =>
    categories.map((name, index) => {
      const value = one.values[index];
      if (value === null) return null;
      const left = x(index) + (row - series.length / 2) * width;
      return draw(
        "rect",
        {
          x: left + 1,
          width: width - 2,
          y: Math.min(y(value), y(0)),
          height: Math.max(1, Math.abs(y(value) - y(0))),
          rx: 2,
          fill: one.color,
        },
        hint(one.name, name, value),
      );
    }),
  );
}

function lines(filled) {
  return (series, categories, { y }, { x }) =>
    series.flatMap((one) => {
      const known = categories
        .map((name, index) => ({ name, index, value: one.values[index] }))
        .filter(({ value }) => value !== null);
      if (!known.length) return [];
      const course = known.map(({ index, value }, step) => `${step ? "L" : "M"}${x(index)} ${y(value)}`).join("");
      const area =
        filled &&
        draw("path", {
          d: `${course}L${x(known.at(-1).index)} ${y(0)}L${x(known[0].index)} ${y(0)}Z`,
          fill: one.color,
          opacity: 0.22,
        });
      const dots = known.map(({ name, index, value }) =>
        draw("circle", { cx: x(index), cy: y(value), r: 3.2, fill: one.color }, hint(one.name, name, value)),
      );
      return [
        area,
        draw("path", { d: course, fill: "none", stroke: one.color, "stroke-width": 2.2, "stroke-linejoin": "round" }),
        ...dots,
      ];
    });
}

const SHAPES = { bar: bars, line: lines(false), area: lines(true) };

function legend(entries) {
  return make(
    "ul",
    { class: "legend" },
    ...entries.map(({ name, color, detail }) =>
      make(
        "li",
        {},
        make("span", { class: "legend-mark", style: { background: color } }),
        name,
        detail && make("span", { class: "legend-detail" }, detail),
      ),
    ),
  );
}

function cartesian(block) {
  const { chart } = block;
  const categories = chart.axis_config?.categories ?? (chart.series?.[0]?.data ?? []).map((point) => point.label);
  const series = (chart.series ?? []).map((one, index) => ({
    name: one.name,
    color: COLORS[index % COLORS.length],
    values: categories.map((label) => (one.data ?? []).find((point) => point.label === label)?.value ?? null),
  }));
  const heights = scale(series.flatMap((one) => one.values).filter((value) => value !== null));
  const ground = frame(categories, heights, chart.axis_config ?? {});
  const words = series.map(
    (one) =>
      `${one.name}: ${categories.map((name, index) => `${name} ${one.values[index] === null ? "no value" : figure.format(one.values[index])}`).join(", ")}`,
  );
  const picture = draw(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-label": `${block.title}. ${words.join(". ")}`,
    },
    ...ground.nodes,
    ...(SHAPES[chart.type] ?? bars)(series, categories, heights, ground),
  );
  return [picture, legend(series)];
}

function pie(block) {
  const segments = (block.chart.segments ?? []).filter((segment) => segment.value > 0);
  const total = segments.reduce((sum, segment) => sum + segment.value, 0);
  let turned = 0;
  const slices = segments.map((segment, index) => {
    const share = segment.value / total;
    const [from, to] = [turned, turned + share];
    turned = to;
    const point = (part) => `${110 + 96 * Math.sin(part * 2 * Math.PI)} ${110 - 96 * Math.cos(part * 2 * Math.PI)}`;
    const color = COLORS[index % COLORS.length];
    const outline =
      share > 0.9999
        ? draw("circle", { cx: 110, cy: 110, r: 96, fill: color })
        : draw("path", {
            class: "slice",
            d: `M110 110L${point(from)}A96 96 0 ${share > 0.5 ? 1 : 0} 1 ${point(to)}Z`,
            fill: color,
          });
    outline.append(hint("", segment.label, segment.value));
    return outline;
  });
  const words = segments.map((segment) => `${segment.label} ${figure.format(segment.value)}`).join(", ");
  const entries = segments.map((segment, index) => ({
    name: segment.label,
    color: COLORS[index % COLORS.length],
    detail: `${figure.format(segment.value)} (${Math.round((segment.value / total) * 100)}%)`,
  }));
  return [
    draw(
      "svg",
      { class: "chart pie", viewBox: "0 0 220 220", role: "img", "aria-label": `${block.title}. ${words}` },
      ...slices,
    ),
    legend(entries),
  ];
}

/** A data_visualization block. */
export function chart(block) {
  const body = block.chart?.type === "pie" ? pie(block) : cartesian(block);
  return make(
    "figure",
    { class: `visual ${block.chart?.type === "pie" ? "round" : ""}` },
    make("figcaption", {}, block.title),
    make("div", { class: "visual-body" }, ...body),
  );
}
