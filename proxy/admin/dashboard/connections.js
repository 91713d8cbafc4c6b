// Who is connected.
import { get } from "./api.js";
import { element, empty_state } from "./dom.js";
import * as format from "./format.js";
import { query_cell, Table } from "./table.js";

const COLUMNS = [
  { name: "query", label: "Last statement", text: true, wide: true,
    value: (row) => row.current_query ?? "",
    show: (row) => query_cell(row.current_query ?? "nothing yet") },
  { name: "client", label: "Client", text: true, value: (row) => row.client_address,
    show: (row) => `${row.client_address}${row.client_tls ? " · TLS" : ""}` },
  { name: "application", label: "Application", text: true, wrap: true,
    value: (row) => row.application_name, show: (row) => row.application_name || "–" },
  { name: "user", label: "User", text: true, wrap: true, value: (row) => row.user,
    show: (row) => `${row.user}@${row.database}` },
  { name: "state", label: "State", text: true, value: (row) => row.state,
    show: (row) => row.state.replaceAll("_", " ") },
  { name: "queries", label: "Queries", value: (row) => row.queries,
    show: (row) => format.count(row.queries) },
  { name: "bytes", label: "Sent", value: (row) => row.bytes_to_client,
    show: (row) => format.bytes(row.bytes_to_client) },
  { name: "since", label: "Since", value: (row) => Date.parse(row.since),
    show: (row) => format.ago(row.since) },
];

export class Connections {
  constructor(root) {
    this.rows = null;
    this.table = new Table({ label: "Connections", columns: COLUMNS, sort: "queries",
      key: (row) => String(row.id) });
    this.content = element("div");
    root.append(element("div", { class: "heading" }, element("h2", {}, "Connections"),
      element("p", {}, "Clients that are connected now.")),
      element("div", { class: "filters" }, this.table.select), this.content);
    this.content.append(empty_state("Loading", "Asking for connections."));
  }

  async refresh() {
    try {
      const { connections, total } = await get("connections", { limit: 1000 });
      this.rows = connections;
      if (connections.length === 0) {
        this.content.replaceChildren(empty_state("Nobody is connected", "Clients will be here while they are."));
        return;
      }
      if (!this.table.node.isConnected) this.content.replaceChildren(this.table.node);
      this.table.update(connections, total);
    } catch (error) {
      if (this.rows === null)
        this.content.replaceChildren(empty_state("The connections could not be loaded", error.message, true));
    }
  }
}
