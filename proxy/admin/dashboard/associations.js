// What folding has learned: which result feeds which lookup.
import { get } from "./api.js";
import { element, empty_state } from "./dom.js";
import * as format from "./format.js";
import { query_cell, Table } from "./table.js";

const score = (name, label) => ({
  name, label, value: (row) => row.score[name], show: (row) => format.count(row.score[name]) });

function used(row) {
  return row.score.keys_fetched > 0 ? row.score.keys_used / row.score.keys_fetched : null;
}

const COLUMNS = [
  { name: "child", label: "Lookup", text: true, wide: true, value: (row) => row.child.query,
    show: (row) => element("div", {}, query_cell(row.child.query),
      element("details", { class: "parent" }, element("summary", {},
        `for each ${row.parent.columns.join(", ")} of ${row.parent.query}`))) },
  { name: "strategy", label: "Strategy", text: true, value: (row) => row.strategy,
    show: (row) => row.strategy },
  score("loops", "Loops"),
  score("batches", "Batches"),
  score("keys_fetched", "Fetched ahead"),
  { name: "used", label: "Used", value: used, show: (row) => format.percent(used(row)) },
  { name: "why_not", label: "State", text: true, wrap: true, value: (row) => row.why_not ?? "",
    show: (row) => element("div", {},
      element("span", { class: `badge${row.why_not ? "" : " folded"}` },
        row.why_not ? "left alone" : "folded"),
      row.why_not ? element("span", { class: "sub" }, row.why_not) : null) },
];

export class Associations {
  constructor(root) {
    this.rows = null;
    this.table = new Table({ label: "Associations", columns: COLUMNS, sort: "keys_fetched",
      key: (row) => `${row.database}|${row.parent.fingerprint}|${row.child.fingerprint}|${row.parent.columns}` });
    this.content = element("div");
    root.append(element("div", { class: "heading" }, element("h2", {}, "Associations"),
      element("p", {}, "Loops that folding has learned, and whether fetching ahead pays.")),
      element("div", { class: "filters" }, this.table.select), this.content);
    this.content.append(empty_state("Loading", "Asking for associations."));
  }

  async refresh() {
    try {
      const { associations, total } = await get("associations", { limit: 500 });
      this.rows = associations;
      if (associations.length === 0) {
        this.content.replaceChildren(empty_state("Nothing learned yet",
          "After a loop was seen, what feeds it will be here."));
        return;
      }
      if (!this.table.node.isConnected) this.content.replaceChildren(this.table.node);
      this.table.update(associations, total);
    } catch (error) {
      if (this.rows === null)
        this.content.replaceChildren(empty_state("The associations could not be loaded", error.message, true));
    }
  }
}
