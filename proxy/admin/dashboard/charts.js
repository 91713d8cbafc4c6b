// The history as lines, by Chart.js. Time runs from right, now, to left.
import { element } from "./dom.js";
import * as format from "./format.js";
import { color, on_theme_change } from "./theme.js";

const KEPT_MS = 15 * 60 * 1000;

function ratio(history, index) {
  const hits = history.cache_hits_per_s[index], misses = history.cache_misses_per_s[index];
  return hits + misses > 0 ? hits / (hits + misses) : null;
}

// columns: [label, css class of the legend, color, value(history, index)]
const CHARTS = [
  { title: "Queries per second", show: format.rate, fill: true,
    lines: [["queries/s", "one", "chart-1", (h, i) => h.queries_per_s[i]]] },
  { title: "Latency", show: format.duration,
    lines: [["p50", "one", "chart-1", (h, i) => h.p50_ms[i]],
      ["p95", "two", "chart-2", (h, i) => h.p95_ms[i]],
      ["p99", "three", "chart-3", (h, i) => h.p99_ms[i]]] },
  { title: "Round trips saved per second", show: format.rate, fill: true,
    lines: [["saved/s", "one", "chart-1", (h, i) => h.round_trips_saved_per_s[i]]] },
  { title: "Cache hit ratio", show: format.percent, max: 1,
    nothing: "Nothing was asked of the cache.",
    lines: [["hit ratio", "one", "chart-1", ratio]] },
];

// Five or so, at times that are round.
function round_times(from, to) {
  const step = [10, 15, 60, 180].map((seconds) => seconds * 1000)
    .find((one) => (to - from) / one <= 6) ?? 180000;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({ value: at });
  return ticks;
}

function options(spec) {
  const font = { family: color("sans"), size: 11 };
  return {
    animation: false, responsive: true, maintainAspectRatio: false, parsing: false,
    interaction: { mode: "index", intersect: false, axis: "x" },
    layout: { padding: { right: 4 } },
    scales: {
      x: { type: "linear", grid: { display: false }, border: { display: false },
        ticks: { color: color("faint"), font, maxRotation: 0, autoSkip: true, maxTicksLimit: 5,
          callback: (value) => format.clock(value).slice(0, value % 60000 === 0 ? 5 : 8) },
        afterBuildTicks: (axis) => { axis.ticks = round_times(axis.min, axis.max); } },
      y: { beginAtZero: true, max: spec.max, suggestedMax: spec.max ?? 1,
        grid: { color: color("grid"), drawBorder: false },
        ticks: { color: color("faint"), font, maxTicksLimit: 4, callback: (value) => spec.show(value).replace(/\.0+ /, " ") } },
    },
    plugins: {
      legend: { display: false },
      tooltip: { backgroundColor: color("ink"), titleColor: color("paper"), bodyColor: color("paper"),
        displayColors: false, padding: 9, cornerRadius: 8,
        callbacks: { title: (items) => (items.length ? format.clock(items[0].parsed.x) : ""),
          label: (item) => `${item.dataset.label}  ${spec.show(item.parsed.y)}` } },
    },
  };
}

export class Charts {
  constructor(root) {
    this.history = null;
    this.window_ms = 5 * 60 * 1000;
    this.parts = CHARTS.map((spec) => {
      const canvas = element("canvas", { role: "img", "aria-label": spec.title });
      const legend = element("div", { class: "legend", "aria-hidden": "true" },
        spec.lines.length > 1 ? spec.lines.map(([label, css]) => element("span", { class: css }, label)) : []);
      const nothing = element("p", { class: "nothing" }, spec.nothing ?? "");
      root.append(element("div", { class: "card chart" },
        element("header", {}, element("h3", {}, spec.title), legend),
        element("div", { class: "canvas" }, canvas, nothing)));
      return { spec, canvas, nothing, chart: null };
    });
    on_theme_change(() => this.recolor());
  }

  load(history) {
    this.history = history;
    this.draw();
  }

  add(sample) {
    const times = this.history?.at_ms;
    if (!times || (times.length && times[times.length - 1] >= sample.at_ms)) return;
    for (const name of Object.keys(this.history)) this.history[name].push(sample[name]);
    while (times[0] < sample.at_ms - KEPT_MS)
      for (const name of Object.keys(this.history)) this.history[name].shift();
    this.draw();
  }

  set_window(ms) {
    this.window_ms = ms;
    this.draw();
  }

  recolor() {
    for (const part of this.parts) {
      part.chart?.destroy();
      part.chart = null;
    }
    this.draw();
  }

  // A canvas that is not shown has no size: it is drawn when it is.
  draw() {
    if (!this.history || !window.Chart || this.parts[0].canvas.offsetParent === null) return;
    const times = this.history.at_ms;
    const now = times.length ? times[times.length - 1] : Date.now();
    const from = times.findIndex((at) => at >= now - this.window_ms);
    for (const part of this.parts) {
      if (!part.chart) part.chart = this.make(part);
      part.chart.options.scales.x.min = now - this.window_ms;
      part.chart.options.scales.x.max = now;
      part.spec.lines.forEach(([, , , value], line) => {
        const points = [];
        for (let i = Math.max(from, 0); i < times.length; ++i)
          points.push({ x: times[i], y: value(this.history, i) });
        part.chart.data.datasets[line].data = points;
      });
      part.nothing.hidden = part.chart.data.datasets.some(({ data }) => data.some((one) => one.y !== null));
      part.chart.update("none");
    }
  }

  make({ spec, canvas }) {
    return new window.Chart(canvas, {
      type: "line",
      data: { datasets: spec.lines.map(([label, , name]) => ({
        label, data: [], borderColor: color(name), borderWidth: 1.6, pointRadius: 0,
        pointHoverRadius: 3, pointHoverBackgroundColor: color(name), spanGaps: 5000,
        tension: 0.25, cubicInterpolationMode: "monotone",
        fill: spec.fill ? "origin" : false, backgroundColor: `${color(name)}1f` })) },
      options: options(spec),
    });
  }
}

export function window_buttons(charts) {
  const choices = [["1 min", 1], ["5 min", 5], ["15 min", 15]];
  const buttons = choices.map(([label, minutes]) => element("button", { type: "button",
    "aria-pressed": String(minutes === 5), onclick: (event) => {
      buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === event.currentTarget)));
      charts.set_window(minutes * 60 * 1000);
    } }, label));
  return element("div", { class: "segments", role: "group", "aria-label": "Time shown" }, buttons);
}
