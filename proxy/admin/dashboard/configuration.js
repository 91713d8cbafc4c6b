// The configuration in force; the server has masked what is secret.
import { get } from "./api.js";
import { element, empty_state } from "./dom.js";

function is_record(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

// Nested keys as a.b.c, and the members of lists by number.
function flatten(prefix, value) {
  if (is_record(value))
    return Object.entries(value).flatMap(([key, inner]) => flatten(prefix ? `${prefix}.${key}` : key, inner));
  if (Array.isArray(value) && value.some(is_record))
    return value.flatMap((inner, index) => flatten(`${prefix}[${index}]`, inner));
  return [[prefix, Array.isArray(value) ? value.join(", ") : value]];
}

function rows_of(entries) {
  return element("dl", {}, entries.flatMap(([key, value]) => {
    const unset = value === null || value === "";
    return [element("dt", {}, key),
      element("dd", { class: unset ? "unset" : "" }, unset ? "not set" : String(value))];
  }));
}

export class Configuration {
  constructor(root) {
    this.content = element("div");
    root.append(element("div", { class: "heading" }, element("h2", {}, "Configuration"),
      element("p", {}, "In force now, defaults included. Secrets are masked.")), this.content);
  }

  async refresh() {
    try {
      const { config } = await get("config");
      const text = JSON.stringify(config);
      if (text === this.shown) return;
      this.shown = text;
      const sections = Object.entries(config).filter(([, value]) => is_record(value));
      const plain = Object.entries(config).filter(([, value]) => !is_record(value))
        .flatMap(([key, value]) => flatten(key, value));
      this.content.replaceChildren(element("div", { class: "config" },
        [["General", rows_of(plain)], ...sections.map(([key, value]) => [key, rows_of(flatten("", value))])]
          .map(([title, list]) => element("div", { class: "card" }, element("h3", {}, title), list))));
    } catch (error) {
      if (!this.shown)
        this.content.replaceChildren(empty_state("The configuration could not be loaded", error.message, true));
    }
  }
}
