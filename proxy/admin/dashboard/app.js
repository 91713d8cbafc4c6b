// Puts the views together and keeps the one that is shown up to date.
import { listen } from "./api.js";
import { Associations } from "./associations.js";
import { Cache } from "./cache.js";
import { Configuration } from "./configuration.js";
import { Connections } from "./connections.js";
import { notice, set_text } from "./dom.js";
import { Findings, label_of } from "./findings.js";
import { Overview } from "./overview.js";
import { Statements } from "./statements.js";
import { start_tabs } from "./tabs.js";
import { start_theme } from "./theme.js";

const REFRESH_MS = 3000;

const view = (name) => document.getElementById(`view-${name}`);
const findings = new Findings(view("findings"));
const overview = new Overview(view("overview"), (key) => requestAnimationFrame(() => findings.show(key)));
const views = {
  overview: [overview, findings], findings: [findings], statements: [new Statements(view("statements"))],
  associations: [new Associations(view("associations"))], cache: [new Cache(view("cache"))],
  connections: [new Connections(view("connections"))], config: [new Configuration(view("config"))],
};
findings.listeners.push((list) => overview.findings(list));

let shown = "overview";
let was_live = false;

function refresh() {
  for (const one of views[shown]) if (one !== overview) one.refresh();
}

function show_state(state) {
  const link = document.getElementById("link");
  const away = document.getElementById("away");
  link.dataset.state = state;
  set_text(link.querySelector(".link-text"), state === "live" ? "live" : "reconnecting");
  away.hidden = state === "live";
  set_text(away, state === "live" ? ""
    : was_live ? "pgfold does not answer. Numbers are from before; trying again."
    : "pgfold does not answer. Trying again.");
  if (state !== "live") return;
  was_live = true;
  overview.refresh().catch(() => {});
  findings.refresh();
  refresh();
  fetch("healthz").then((response) => response.json())
    .then(({ version }) => set_text(document.getElementById("version"), `pgfold ${version}`))
    .catch(() => {});
}

start_theme();
start_tabs((name) => {
  shown = name;
  refresh();
  overview.charts.draw();
});
listen((name, data) => {
  if (name === "totals") overview.totals(data);
  if (name === "finding") {
    notice(`New: ${label_of(data)} on ${data.tables.join(", ")}`);
    findings.refresh();
  }
}, show_state);
setInterval(() => {
  if (document.visibilityState === "visible" && document.getElementById("link").dataset.state === "live")
    refresh();
}, REFRESH_MS);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") refresh();
});
