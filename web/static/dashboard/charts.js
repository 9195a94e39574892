/** Four charts of the last hour. Colours come from the style sheet, so that dark and light are one place. */
import uPlot from "./vendor/uplot.js";
import { h } from "./shared/dom.js";

const HEIGHT_PX = 190;
const CHARTS = [
  {
    title: "Share of legacy requests",
    unit: " %",
    lines: [["legacy", "--legacy", (one) => (one.share === null ? null : one.share * 100), true]],
    range: [0, 100],
  },
  {
    title: "Requests per second",
    unit: "",
    lines: [
      ["legacy", "--legacy", (one) => one.legacy],
      ["modern", "--modern", (one) => one.modern],
    ],
  },
  {
    title: "Time added by the gateway",
    unit: " ms",
    lines: [
      ["p50", "--modern", (one) => one.median_ms],
      ["p95", "--moved", (one) => one.slow_ms],
    ],
  },
  {
    title: "Cache hit rate",
    unit: " %",
    lines: [["hits", "--modern", (one) => (one.hit_rate === null ? null : one.hit_rate * 100), true]],
    range: [0, 100],
  },
  {
    title: "Errors per second",
    unit: "",
    lines: [
      ["refused (4xx)", "--legacy", (one) => one.refused],
      ["failed (5xx)", "--bad", (one) => one.failed],
    ],
  },
  { title: "Look-ups per second", unit: "", lines: [["look-ups", "--moved", (one) => one.lookups]] },
];

export function createCharts(root) {
  const charts = CHARTS.map((chart) => {
    const place = h("div", { class: "plot", role: "img", "aria-label": chart.title });
    root.append(h("div", { class: "box" }, h("h2", {}, chart.title), place));
    return { chart, place, plot: null };
  });
  let points = [];

  function draw() {
    for (const one of charts) {
      const data = [
        points.map((point) => point.at),
        ...one.chart.lines.map(([, , pick]) => points.map(pick)),
      ];
      if (one.plot) one.plot.setData(data);
      else one.plot = new uPlot(options(one.chart, one.place.clientWidth), data, one.place);
    }
  }

  function redraw() {
    for (const one of charts) {
      one.plot?.destroy();
      one.plot = null;
    }
    draw();
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(() =>
    charts.forEach(
      ({ plot, place }) =>
        plot &&
        plot.width !== place.clientWidth &&
        plot.setSize({ width: place.clientWidth, height: HEIGHT_PX }),
    ),
  ).observe(root);

  return {
    show(fresh) {
      points = fresh;
      draw();
    },
  };
}

function options(chart, width) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--soft"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  return {
    width,
    height: HEIGHT_PX,
    cursor: { y: false },
    scales: { y: { range: chart.range ?? ((_, low, high) => [0, Math.max(high ?? 0, 0.1) * 1.1]) } },
    axes: [
      axis,
      {
        ...axis,
        size: 52,
        values: (_, ticks) => ticks.map((tick) => `${Number(tick.toFixed(3))}${chart.unit}`),
      },
    ],
    series: [
      {},
      ...chart.lines.map(([label, name, , filled]) => ({
        label,
        stroke: colour(name),
        width: 2,
        points: { show: false },
        spanGaps: false,
        ...(filled ? { fill: `${colour(name)}22` } : {}),
        value: (_, value) => (value === null ? "–" : `${Number(value.toFixed(2))}${chart.unit}`),
      })),
    ],
  };
}
