// Statements with their latencies: search, filters, any order.
import { get } from "./api.js";
import { element, empty_state } from "./dom.js";
import * as format from "./format.js";
import { query_cell, Table } from "./table.js";

const number = (name, label, show) => ({
  name, label, value: (row) => row[name], show: (row) => show(row[name]) });

const COLUMNS = [
  { name: "query", label: "Statement", text: true, wide: true, value: (row) => row.query ?? "",
    show: (row) => query_cell(row.query, [row.database, row.route, row.fingerprint].filter(Boolean).join(" · ")) },
  number("calls", "Calls", format.count),
  number("total_ms", "Total", format.duration),
  number("mean_ms", "Mean", format.duration),
  number("p95_ms", "p95", format.duration),
  number("p99_ms", "p99", format.duration),
  number("max_ms", "Max", format.duration),
  number("rows", "Rows", format.count),
  number("errors", "Errors", format.count),
];

export class Statements {
  constructor(root) {
    this.rows = null;
    this.table = new Table({ label: "Statements", columns: COLUMNS, sort: "total_ms",
      key: (row) => `${row.fingerprint}|${row.query}` });
    this.search = element("input", { type: "search", placeholder: "Search SQL or fingerprint",
      "aria-label": "Search statements", oninput: () => this.draw() });
    this.kind = this.filter("Kind", "All kinds");
    this.database = this.filter("Database", "All databases");
    this.errors = element("select", { "aria-label": "Errors", onchange: () => this.draw() },
      element("option", { value: "" }, "Any outcome"),
      element("option", { value: "1" }, "With errors"));
    this.content = element("div");
    root.append(element("div", { class: "heading" }, element("h2", {}, "Statements"),
      element("p", {}, "As clients have seen them since the start.")),
      element("div", { class: "filters" }, this.search, this.kind, this.database, this.errors,
        this.table.select), this.content);
    this.content.append(empty_state("Loading", "Asking for statements."));
  }

  filter(label, all) {
    return element("select", { "aria-label": label, onchange: () => this.draw() },
      element("option", { value: "" }, all));
  }

  async refresh() {
    try {
      const { statements, total } = await get("statements", { limit: 2000 });
      this.rows = statements;
      this.total = total;
      this.draw();
    } catch (error) {
      if (this.rows === null)
        this.content.replaceChildren(empty_state("The statements could not be loaded", error.message, true));
    }
  }

  offer(select, values) {
    for (const value of [...new Set(values)].filter(Boolean).sort())
      if (![...select.options].some((one) => one.value === value))
        select.append(element("option", { value }, value));
  }

  draw() {
    if (this.rows === null) return;
    if (this.rows.length === 0) {
      this.content.replaceChildren(empty_state("No statements yet",
        "Point an application at pgfold: what it asks will be counted here."));
      return;
    }
    this.offer(this.kind, this.rows.map((row) => row.kind));
    this.offer(this.database, this.rows.map((row) => row.database));
    if (!this.table.node.isConnected) this.content.replaceChildren(this.table.node);
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = this.rows.filter((row) => {
      const text = `${row.query} ${row.fingerprint} ${row.route ?? ""}`.toLowerCase();
      return (!this.kind.value || row.kind === this.kind.value) &&
        (!this.database.value || row.database === this.database.value) &&
        (!this.errors.value || row.errors > 0) && words.every((word) => text.includes(word));
    });
    const all = shown.length === this.rows.length;
    this.table.update(shown, all ? this.total : shown.length);
  }
}
