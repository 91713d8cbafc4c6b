// A table that sorts, and keeps its rows, and what is open or focused in them, when data comes
// anew. Columns: {name, label, value(row) for sorting, show(row) → text or Node, text, wide}.
import { element, set_text } from "./dom.js";

const ROWS_MAX = 200;

export class Table {
  constructor({ label, columns, key, sort, descending = true, nothing = "Nothing matches." }) {
    this.nothing = nothing;
    this.columns = columns;
    this.key = key;
    this.sort = sort;
    this.descending = descending;
    this.rows = new Map();
    this.data = [];
    this.head = columns.map((column) => element("th", { scope: "col", class: column.text ? "text" : "" },
      element("button", { type: "button", onclick: () => this.sort_by(column.name) }, column.label)));
    this.body = element("tbody");
    this.note = element("p", { class: "foot-note", "aria-live": "polite" });
    this.select = element("select", { class: "sort-select", "aria-label": "Sort by",
      onchange: () => this.sort_by(this.select.value, true) },
      columns.map((column) => element("option", { value: column.name }, `by ${column.label}`)));
    this.node = element("div", {},
      element("div", { class: "card table" },
        element("table", { "aria-label": label }, element("thead", {}, element("tr", {}, this.head)),
          this.body)),
      this.note);
    this.mark_sort();
  }

  sort_by(name, keep_direction = false) {
    const column = this.columns.find((one) => one.name === name);
    if (this.sort === name && !keep_direction) this.descending = !this.descending;
    else this.descending = !column.text;
    this.sort = name;
    this.mark_sort();
    this.update(this.data, this.total);
  }

  mark_sort() {
    this.select.value = this.sort;
    this.columns.forEach((column, index) => {
      const state = column.name !== this.sort ? "none"
        : this.descending ? "descending" : "ascending";
      this.head[index].setAttribute("aria-sort", state);
    });
  }

  update(data, total = data.length) {
    this.data = data;
    this.total = total;
    const column = this.columns.find((one) => one.name === this.sort);
    const sign = this.descending ? -1 : 1;
    const compare = (a, b) => {
      const x = column.value(a), y = column.value(b);
      if (typeof x === "string") return sign * x.localeCompare(y);
      return sign * ((x ?? -1) - (y ?? -1));
    };
    const shown = [...data].sort(compare).slice(0, ROWS_MAX);
    const wanted = shown.map((row) => this.row_for(row));
    const keys = new Set(shown.map(this.key));
    for (const [key, row] of this.rows) {
      if (keys.has(key)) continue;
      row.node.remove();
      this.rows.delete(key);
    }
    wanted.forEach((node, index) => {
      if (this.body.children[index] !== node) this.body.insertBefore(node, this.body.children[index]);
    });
    const more = total > shown.length ? ` of ${total}` : "";
    set_text(this.note, shown.length === 0 ? this.nothing : `${shown.length}${more} shown`);
  }

  row_for(data) {
    const key = this.key(data);
    let row = this.rows.get(key);
    if (!row) {
      const cells = this.columns.map((column) => element("td", {
        class: [column.text && "text", column.wide && "wide", column.wrap && "wrap"].filter(Boolean).join(" "),
        "data-label": column.label, "data-column": column.name }));
      row = { node: element("tr", { "data-key": key }, cells), cells, shown: [] };
      this.rows.set(key, row);
    }
    this.columns.forEach((column, index) => {
      const content = column.show(data);
      const same = content instanceof Node ? content.textContent : content;
      if (row.shown[index] === same) return;
      row.shown[index] = same;
      row.cells[index].replaceChildren(content);
    });
    return row.node;
  }
}

// A statement in a cell: two lines of it, all of it when opened.
export function query_cell(text, below = "") {
  return element("div", {},
    element("details", {}, element("summary", {}, text ?? "other statements")),
    below ? element("span", { class: "sub" }, below) : null);
}
