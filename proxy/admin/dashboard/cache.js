// The cache by table, with flush. A pgfold without a cache says so.
import { get, post } from "./api.js";
import { element, empty_state, notice } from "./dom.js";
import * as format from "./format.js";
import { Table } from "./table.js";

const number = (name, label, show = format.count) => ({
  name, label, value: (row) => row[name] ?? 0, show: (row) => show(row[name] ?? 0) });

function hit_ratio(row) {
  const asked = (row.hits ?? 0) + (row.misses ?? 0);
  return asked > 0 ? row.hits / asked : null;
}

export class Cache {
  constructor(root) {
    this.table = new Table({ label: "Cache by table", sort: "hits", key: (row) => row.table,
      columns: [
        { name: "table", label: "Table", text: true, wrap: true, value: (row) => row.table,
          show: (row) => row.table },
        number("entries", "Results"), number("bytes", "Memory", format.bytes),
        number("hits", "Hits"), number("misses", "Misses"),
        { name: "ratio", label: "Hit ratio", value: hit_ratio,
          show: (row) => format.percent(hit_ratio(row)) },
        number("invalidations", "Invalidated"),
        { name: "flush", label: "Flush", value: () => 0,
          show: (row) => element("button", { class: "button", type: "button",
            "aria-label": `Flush ${row.table}`, onclick: () => this.flush({ table: row.table }) }, "Flush") },
      ] });
    this.all = element("button", { class: "button", type: "button", hidden: true,
      onclick: () => this.flush({}) }, "Flush everything");
    this.content = element("div");
    root.append(element("div", { class: "heading" }, element("h2", {}, "Cache"),
      element("p", {}, "Results that are kept, by the table they were read from."), this.all),
      element("div", { class: "filters" }, this.table.select), this.content);
    this.content.append(empty_state("Loading", "Asking for the cache."));
  }

  off(text) {
    this.all.hidden = true;
    this.content.replaceChildren(empty_state("The cache is off", text));
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
      if (error.status === 404 || error.status === 501)
        this.off("Rules below cache.rules, or cache.auto.enabled, switch it on.");
      else this.content.replaceChildren(empty_state("The cache could not be loaded", error.message, true));
      return;
    }
    if (state.enabled === false) {
      this.off("Rules below cache.rules, or cache.auto.enabled, switch it on.");
      return;
    }
    this.all.hidden = false;
    const tables = state.tables ?? [];
    if (tables.length === 0) {
      this.content.replaceChildren(empty_state("Nothing is kept", "The cache is on and empty."));
      return;
    }
    if (!this.table.node.isConnected) this.content.replaceChildren(this.table.node);
    this.table.update(tables);
  }
}
