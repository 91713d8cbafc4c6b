// The HTTP API, relative to the page, so that it may stand behind a path of a reverse proxy.
import { element } from "./dom.js";

let token = "";  // for POST from elsewhere; never stored

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function request(path, options) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(path, { ...options, headers });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.error ?? `HTTP ${response.status}`);
  return body;
}

export function get(name, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return request(`api/v1/${name}${query ? `?${query}` : ""}`);
}

export async function post(name, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  const path = `api/v1/${name}${query ? `?${query}` : ""}`;
  try {
    return await request(path, { method: "POST" });
  } catch (error) {
    if (error.status !== 401 || !(await ask_for_token())) throw error;
    return request(path, { method: "POST" });
  }
}

function ask_for_token() {
  return new Promise((resolve) => {
    const input = element("input", { type: "password", autocomplete: "off", "aria-label": "Token" });
    const form = element("form", { method: "dialog" },
      element("h3", {}, "The admin token"),
      element("p", {}, "From another machine, changes need the token of admin.token."), input,
      element("button", { class: "button", value: "go" }, "Continue"));
    const dialog = element("dialog", {}, form);
    // The policy of the page forbids that forms go anywhere: take the button ourselves.
    form.addEventListener("submit", (event) => { event.preventDefault(); dialog.close("go"); });
    dialog.addEventListener("close", () => {
      token = input.value;
      resolve(dialog.returnValue === "go" && token !== "");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// Server-sent events that come back by themselves. `on_state` hears "live" and "away".
export function listen(on_event, on_state) {
  let source = null;
  const connect = () => {
    source = new EventSource("api/v1/events");
    source.addEventListener("open", () => on_state("live"));
    source.addEventListener("error", () => {
      on_state("away");
      if (source.readyState !== EventSource.CLOSED) return;  // it tries again itself
      source.close();
      setTimeout(connect, 3000);
    });
    for (const name of ["totals", "finding"])
      source.addEventListener(name, (event) => on_event(name, JSON.parse(event.data)));
  };
  connect();
}
