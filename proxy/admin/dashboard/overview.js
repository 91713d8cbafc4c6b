// The first page: what happens now, what happened in the last minutes, the loops that cost most.
import { Charts, window_buttons } from "./charts.js";
import { get } from "./api.js";
import { element, set_text } from "./dom.js";
import { facts_of, key_of, title_of } from "./findings.js";
import * as format from "./format.js";

const TOP = 3;

function tile(name, extra = "") {
  const value = element("span"), unit = element("small"), note = element("p", { class: "note" });
  const node = element("div", { class: `card tile ${extra}`, "data-tile": name },
    element("p", { class: "name" }, name),
    element("p", { class: "value" }, value, unit), note);
  return { node, set(text, of, below) {
    set_text(value, text);
    set_text(unit, of);
    set_text(note, below);
  } };
}

export class Overview {
  constructor(root, show_finding) {
    this.show_finding = show_finding;
    this.queries = tile("Queries");
    this.latency = tile("Latency p95");
    this.saved = tile("Round trips saved", "saved");
    this.clients = tile("Clients");
    const charts = element("div", { class: "charts" });
    this.charts = new Charts(charts);
    this.top = element("div");
    root.append(
      element("div", { class: "heading" }, element("h2", {}, "Now"), element("p"),
        window_buttons(this.charts)),
      element("div", { class: "tiles" }, this.queries.node, this.latency.node, this.saved.node,
        this.clients.node),
      charts, this.top);
    for (const one of [this.queries, this.latency, this.saved, this.clients]) one.set("–", "", "");
  }

  async refresh() {
    this.charts.load((await get("history")).samples);
  }

  totals({ sample, totals }) {
    if (sample) this.charts.add(sample);
    this.queries.set(format.rate(sample?.queries_per_s ?? 0), "/s",
      `${format.count(totals.queries)} in all`);
    const busy = sample && sample.p95_ms !== null;
    const shown = busy ? sample : totals;
    this.latency.set(format.duration(shown.p95_ms), "",
      totals.p50_ms === null ? "no queries yet"
        : `p50 ${format.duration(shown.p50_ms)} · p99 ${format.duration(shown.p99_ms)}` +
          (busy ? "" : " since start"));
    const lookups = totals.n_plus_one_lookups;
    this.saved.set(format.count(totals.round_trips_saved), "",
      lookups > 0 ? `of ${format.count(lookups)} lookups in loops` : "no loops yet");
    this.clients.set(format.count(totals.client_connections), "",
      `${format.count(totals.server_connections)} connections to PostgreSQL`);
  }

  findings(findings) {
    const top = findings.filter((one) => !one.suppressed_because).slice(0, TOP);
    if (top.length === 0) {
      this.top.replaceChildren();
      return;
    }
    if (this.top.contains(document.activeElement)) return;
    this.top.replaceChildren(
      element("div", { class: "heading" }, element("h2", {}, "Loops that cost most")),
      ...top.map((finding) => element("a", { class: "card top-finding",
        href: "#findings", onclick: () => this.show_finding(key_of(finding)) },
        element("span", { class: "title" }, title_of(finding)),
        element("span", { class: "facts" }, facts_of(finding)),
        element("span", { class: "cost" }, format.duration(finding.total_ms)))));
  }
}
