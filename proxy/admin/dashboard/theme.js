// Dark or light: as the system wants it, until somebody chooses.

const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = [];

function chosen() {
  try { return localStorage.getItem("pgfold-theme"); } catch { return null; }
}

function remember(value) {
  try { localStorage.setItem("pgfold-theme", value); } catch { /* for this page only */ }
}

function apply(theme) {
  document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  const other = theme === "dark" ? "light" : "dark";
  button.textContent = other === "dark" ? "Dark" : "Light";
  button.setAttribute("aria-label", `Switch to the ${other} theme`);
  listeners.forEach((listener) => listener());
}

export function on_theme_change(listener) { listeners.push(listener); }

export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function start_theme() {
  apply(chosen() ?? (system.matches ? "dark" : "light"));
  system.addEventListener("change", () => {
    if (!chosen()) apply(system.matches ? "dark" : "light");
  });
  document.getElementById("theme").addEventListener("click", () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    remember(next);
    apply(next);
  });
}
