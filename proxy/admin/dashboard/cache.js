// The cache: what is kept by table, with flush; how its rules do; what it does not keep, and why.
// A pgfold without a cache, or with one that is not asked for, says so.
import { get, post } from "./api.js";
import { element, empty_state, notice } from "./dom.js";
import * as format from "./format.js";
import { query_cell, Table } from "./table.js";

const HOW_TO = "Rules below cache.rules, or cache.auto.enabled, switch it on.";

const number = (name, label, show = format.count) => ({
  name, label, value: (row) => row[name] ?? 0, show: (row) => show(row[name] ?? 0) });

const text = (name, label) => ({
  name, label, text: true, wrap: true, value: (row) => row[name], show: (row) => row[name] });

function hit_ratio(row) {
  const asked = row.hits + row.misses;
  return asked > 0 ? row.hits / asked : null;
}

function shared_text(shared) {
  if (!shared.up) return "the shared level is away";
  return `shared level: ${format.count(shared.hits)} found, ${format.count(shared.misses)} not`;
}

function titled(title, table) {
  return element("section", {}, element("h3", { class: "part" }, title), table.node);
}

export class Cache {
  constructor(root) {
    this.tables = new Table({ label: "Kept by table", sort: "hits", nothing: "Nothing is kept.", key: (row) => row.table,
      columns: [text("table", "Table"), number("entries", "Answers"),
        number("bytes", "Memory", format.bytes), number("hits", "Hits"),
        { name: "flush", label: "Flush", value: () => 0,
          show: (row) => element("button", { class: "button", type: "button",
            "aria-label": `Flush ${row.table}`, onclick: () => this.flush({ table: row.table }) }, "Flush") },
      ] });
    this.rules = new Table({ label: "Rules", sort: "hits", key: (row) => row.rule,
      columns: [text("rule", "Rule"), number("hits", "Hits"), number("misses", "Misses"),
        number("stores", "Stored"),
        { name: "ratio", label: "Hit ratio", value: hit_ratio,
          show: (row) => format.percent(hit_ratio(row)) }] });
    this.refused = new Table({ label: "Not cached", sort: "reason", descending: false,
      key: (row) => `${row.fingerprint}|${row.reason}`,
      columns: [{ name: "query", label: "Statement", text: true, wide: true,
        value: (row) => row.query, show: (row) => query_cell(row.query, row.fingerprint) },
        text("reason", "Reason")] });
    this.all = element("button", { class: "button", type: "button", hidden: true,
      onclick: () => this.flush({}) }, "Flush everything");
    this.facts = element("p", { class: "foot-note", id: "cache-facts" });
    this.on = element("div", { class: "stack" }, this.facts, titled("By table", this.tables),
      titled("By rule", this.rules), titled("Not cached", this.refused));
    this.content = element("div");
    root.append(element("div", { class: "heading" }, element("h2", {}, "Cache"),
      element("p", {}, "Answers that are kept, by the table they were read from."), this.all),
      this.content);
    this.content.append(empty_state("Loading", "Asking for the cache."));
  }

  replace(...content) {
    this.all.hidden = true;
    this.content.replaceChildren(...content);
  }

  async flush(parameters) {
    try {
      await post("cache/flush", parameters);
      notice(parameters.table ? `The cache of ${parameters.table} is empty.` : "The cache is empty.");
    } catch (error) {
      notice(`Not flushed: ${error.message}`);
    }
    this.refresh();
  }

  async refresh() {
    let state;
    try {
      state = await get("cache");
    } catch (error) {
      if (error.status === 404 || error.status === 501) this.replace(empty_state("The cache is off", HOW_TO));
      else this.replace(empty_state("The cache could not be loaded", error.message, true));
      return;
    }
    if (state.enabled === false) {
      this.replace(empty_state("The cache is off", HOW_TO));
      return;
    }
    this.all.hidden = false;
    if (!this.on.isConnected) this.content.replaceChildren(this.on);
    this.facts.textContent = `${format.count(state.entries)} answers in ${format.bytes(state.bytes)} · ` +
      `${format.count(state.hits)} hits, ${format.count(state.misses)} misses · ` +
      `${format.count(state.stores)} stored, ${format.count(state.evictions)} evicted` +
      (state.shared ? ` · ${shared_text(state.shared)}` : "");
    for (const [table, rows] of [[this.tables, state.tables], [this.rules, state.rules],
      [this.refused, state.not_cached]]) {
      table.node.parentElement.hidden = table !== this.tables && !(rows?.length > 0);
      table.update(rows ?? []);
    }
  }
}
