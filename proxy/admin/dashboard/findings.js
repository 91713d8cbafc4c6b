// Loops, those that cost most time first; each card keeps its place and what is open in it.
import { get } from "./api.js";
import { copy_button, element, empty_state, set_text } from "./dom.js";
import * as format from "./format.js";
import { waterfall } from "./waterfall.js";

const CLASSES = {
  n_plus_one: "N+1", suspected: "Suspected loop", duplicate: "Duplicate", write_loop: "Write loop",
};
const ORMS = {
  django: "Django", rails: "Rails", sqlalchemy: "SQLAlchemy", hibernate: "Hibernate",
  sequelize: "Sequelize", prisma: "Prisma", laravel: "Laravel", typeorm: "TypeORM",
};

export function key_of(finding) {
  return [finding.class, finding.fingerprint, finding.parent?.fingerprint, finding.database,
    finding.tags.route].join("|");
}

export function label_of(finding) { return CLASSES[finding.class] ?? finding.class; }

function names(list) { return list.length ? list.join(", ") : "?"; }

export function title_of(finding) {
  const child = names(finding.tables);
  const arrow = () => element("span", { class: "arrow" }, "→");
  if (!finding.parent) return [child];
  const parent = `${names(finding.parent.tables ?? [])}.${finding.parent.columns.join(", ")}`;
  return [parent, arrow(), finding.key_columns.length
    ? `${child} by ${finding.key_columns.join(", ")}` : child];
}

export function facts_of(finding) {
  const loops = finding.runs === 1 ? "1 loop" : `${format.count(finding.runs)} loops`;
  const what = finding.class === "write_loop" ? "writes" : "lookups";
  const facts = [`${format.count(finding.lookups)} ${what} in ${loops}`];
  const route = finding.tags.route ?? finding.tags.controller;
  if (route) facts.push(route);
  if (finding.application_name) facts.push(finding.application_name);
  facts.push(format.ago(finding.last_seen));
  return facts.join(" · ");
}

// The loop as a sentence of two statements and the columns between them.
function arrow_picture() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("width", "46");
  svg.setAttribute("height", "12");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M1 6h42M38 1.5 43.5 6 38 10.5");
  path.setAttribute("fill", "none");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "1.6");
  svg.append(path);
  return svg;
}

function flow(finding) {
  const child = element("div", { class: "end child" },
    element("b", {}, names(finding.tables)), " ",
    element("span", { class: "times" }, `× ${format.count(finding.lookups)}`),
    element("pre", { tabindex: "0", "aria-label": "Statement of each lookup" }, finding.query ?? ""));
  if (!finding.parent) return child;
  return element("div", { class: "flow" },
    element("div", { class: "end" }, element("b", {}, names(finding.parent.tables ?? [])),
      element("pre", { tabindex: "0", "aria-label": "Statement whose rows are looped over" },
        finding.parent.query)),
    element("div", { class: "by" }, element("code", {}, finding.parent.columns.join(", ")),
      arrow_picture(), element("code", {}, finding.key_columns.join(", "))),
    child);
}

function folding_text(finding) {
  if (finding.not_folded_because) return `Not folded: ${finding.not_folded_because}`;
  if (finding.folded > 0)
    return `Folded: ${format.count(finding.folded)} of ${format.count(finding.lookups)} lookups ` +
      "were answered at once";
  return "Not folded yet: the loop has to be seen again";
}

function section(title, ...content) {
  return element("section", {}, element("h4", {}, title), ...content);
}

function body_of(finding) {
  const drawing = waterfall(finding);
  const advice = finding.suggestion;
  const orm = advice.orm ? ` in ${ORMS[advice.orm] ?? advice.orm}` : "";
  const tags = Object.entries(finding.tags).map(([name, value]) => `${name}=${value}`).join(", ");
  const meta = [["Database", finding.database], ["User", finding.user],
    ["Application", finding.application_name], ["Tags", tags],
    ["Fingerprint", finding.fingerprint], ["Example", finding.example]];
  return [
    flow(finding),
    drawing ? section("The latest loop", drawing) : null,
    advice.text ? element("section", { class: "advice" }, element("h4", {}, `What to write${orm}`),
      element("p", { class: "suggestion" }, advice.text)) : null,
    advice.batched_query ? section("The one statement that would do",
      element("div", { class: "sql" }, element("pre", { class: "batched" }, advice.batched_query),
        copy_button(() => advice.batched_query))) : null,
    section("Folding", element("p", { class: "folding" }, folding_text(finding))),
    finding.suppressed_because
      ? section("Suppressed", element("p", {}, finding.suppressed_because)) : null,
    element("div", { class: "meta" }, meta.filter(([, value]) => value)
      .map(([name, value]) => element("span", {}, `${name} `, element("b", { class: name === "Example" ? "mono" : "" }, value)))),
  ].filter(Boolean);
}

class Card {
  constructor(finding) {
    this.title = element("h3", { class: "title" }, title_of(finding));
    this.badge = element("span", { class: `badge ${finding.class}` },
      label_of(finding));
    this.folded = element("span", { class: "badge" });
    this.facts = element("p", { class: "facts" });
    this.cost = element("span", { class: "total" });
    this.part = element("i");
    this.body = element("div", { class: "body" });
    this.node = element("details", { class: "card finding", "data-key": key_of(finding) },
      element("summary", {},
        element("div", {}, element("div", { class: "line" }, this.badge, this.title), this.facts,
          element("div", { class: "line" }, this.folded)),
        element("div", { class: "cost" }, this.cost, element("small", {}, "spent in it")),
        element("div", { class: "share", "aria-hidden": "true" }, this.part)),
      this.body);
    this.node.addEventListener("toggle", () => this.draw_body());
  }

  update(finding, slowest) {
    this.finding = finding;
    set_text(this.facts, facts_of(finding));
    set_text(this.cost, format.duration(finding.total_ms));
    this.part.style.width = `${slowest > 0 ? finding.total_ms / slowest * 100 : 0}%`;
    const folds = finding.folded > 0 && !finding.not_folded_because;
    this.folded.className = `badge${folds ? " folded" : ""}`;
    set_text(this.folded, finding.suppressed_because ? "suppressed"
      : folds ? `${format.count(finding.round_trips_saved)} round trips saved`
      : "not folded");
    this.draw_body();
  }

  // Not while somebody reads with the keyboard or selects in it.
  draw_body() {
    if (!this.node.open) return;
    const state = JSON.stringify(this.finding);
    const selection = getSelection();
    if (this.drawn === state || this.body.contains(document.activeElement) ||
        (!selection.isCollapsed && this.body.contains(selection.anchorNode))) return;
    this.drawn = state;
    this.body.replaceChildren(...body_of(this.finding));
  }
}

export class Findings {
  constructor(root) {
    this.cards = new Map();
    this.list = element("div", { class: "finding-list" });
    this.search = element("input", { type: "search", placeholder: "Search tables, SQL, routes",
      "aria-label": "Search findings", oninput: () => this.draw() });
    this.kind = element("select", { "aria-label": "Class", onchange: () => this.draw() },
      element("option", { value: "" }, "All classes"),
      Object.entries(CLASSES).map(([value, label]) => element("option", { value }, label)));
    this.root = root;
    this.listeners = [];
    this.findings = null;
    root.append(
      element("div", { class: "heading" }, element("h2", {}, "Findings"),
        element("p", {}, "Loops of lookups, those that took most time first.")),
      element("div", { class: "filters" }, this.search, this.kind), this.list);
    this.list.append(empty_state("Loading", "Asking for findings."));
  }

  async refresh() {
    try {
      const { findings, total } = await get("findings", { limit: 200 });
      this.findings = findings;
      this.total = total;
      this.listeners.forEach((listener) => listener(findings));
      this.draw();
    } catch (error) {
      if (this.findings === null)
        this.list.replaceChildren(empty_state("The findings could not be loaded", error.message, true));
    }
  }

  matches(finding) {
    if (this.kind.value && finding.class !== this.kind.value) return false;
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = [finding.query, finding.parent?.query, finding.tables.join(" "), finding.database,
      finding.application_name, ...Object.values(finding.tags)].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  }

  draw() {
    if (this.findings === null) return;
    const count = document.getElementById("findings-count");
    const loops = this.findings.filter((one) => one.class === "n_plus_one" && !one.suppressed_because);
    count.hidden = loops.length === 0;
    set_text(count, String(loops.length));
    const shown = this.findings.filter((finding) => this.matches(finding));
    if (shown.length === 0) {
      this.cards.clear();
      this.list.replaceChildren(this.findings.length === 0
        ? empty_state("No loops so far", "pgfold watches every connection. When an application " +
          "asks once for each row of an earlier result, that loop will be here.")
        : empty_state("Nothing matches", "Another search or class may."));
      return;
    }
    if (this.cards.size === 0) this.list.replaceChildren();
    const slowest = Math.max(...this.findings.map((finding) => finding.total_ms));
    const keys = new Set(shown.map(key_of));
    for (const [key, card] of this.cards) {
      if (keys.has(key)) continue;
      card.node.remove();
      this.cards.delete(key);
    }
    const first_time = this.cards.size === 0;
    shown.forEach((finding, index) => {
      const key = key_of(finding);
      let card = this.cards.get(key);
      if (!card) {
        card = new Card(finding);
        this.cards.set(key, card);
        card.node.open = first_time && index === 0;
      }
      if (this.list.children[index] !== card.node) this.place(card.node, index);
      card.update(finding, slowest);
    });
  }

  // Moving a node takes the focus from it: then the order waits.
  place(node, index) {
    if (node.isConnected && node.contains(document.activeElement)) return;
    this.list.insertBefore(node, this.list.children[index] ?? null);
  }

  show(key) {
    const card = this.cards.get(key);
    if (!card) return;
    card.node.open = true;
    card.node.scrollIntoView({ block: "start" });
    card.node.querySelector("summary").focus({ preventScroll: true });
  }
}
