// When the lookups of one loop ran, a bar for each, under a scale of time.
import { element } from "./dom.js";
import * as format from "./format.js";

function tick_step(span) {
  const power = 10 ** Math.floor(Math.log10(span / 4));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => span / step <= 5) ?? span;
}

function bar(start, length, span, kind, title) {
  const node = element("i", { class: kind, title });
  node.style.left = `${Math.min(start / span * 100, 99.4)}%`;
  node.style.width = `${Math.max(0, Math.min(length / span, 1 - start / span)) * 100}%`;
  return element("div", { class: "row" }, node);
}

export function waterfall(finding) {
  const timeline = finding.timeline;
  if (!timeline || timeline.lookups.length === 0) return null;
  const shown = timeline.lookups;
  const end = Math.max(...shown.map((one) => one.start_ms + one.duration_ms), 0.001);
  const span = end * 1.02;
  const folded = shown.filter((one) => one.folded).length;
  const picture = element("div", { class: "waterfall", role: "img", "aria-label":
    `${shown.length} lookups over ${format.duration(end)}, ${folded} of them folded` });
  const step = tick_step(span);
  for (let at = 0; at < span * 0.93; at += step) {
    const tick = element("div", { class: "tick" }, at === 0 ? "0" : format.duration(at).replace(/\.0+ /, " "));
    tick.style.left = `${at / span * 100}%`;
    picture.append(tick);
  }
  if (timeline.from_parent)
    picture.append(bar(0, 0, span, "parent", "the rows to loop over have arrived"));
  shown.forEach((one, index) => picture.append(bar(one.start_ms, one.duration_ms, span,
    one.folded ? "folded" : "",
    `lookup ${index + 1}: ${format.duration(one.duration_ms)} at ${format.duration(one.start_ms)}` +
    (one.folded ? ", folded" : ""))));
  const rest = timeline.total_lookups - shown.length;
  const keys = element("div", { class: "keys" },
    timeline.from_parent ? element("span", { class: "parent" }, "parent's rows arrive") : null,
    folded < shown.length ? element("span", {}, "waited for PostgreSQL") : null,
    folded > 0 ? element("span", { class: "folded" }, "folded") : null,
    rest > 0 ? element("span", { class: "more" }, `and ${format.count(rest)} more`) : null);
  return element("div", {}, picture, keys);
}
