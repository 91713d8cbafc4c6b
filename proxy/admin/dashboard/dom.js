// Elements from values. What comes from the server is only ever text: nothing here parses HTML.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// Writes only when it differs, so that selections and screen readers are left alone.
export function set_text(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function empty_state(title, text, is_error = false) {
  return element("div", { class: `card empty${is_error ? " error" : ""}` },
    element("strong", {}, title), text);
}

export function notice(text) {
  const area = document.getElementById("notices");
  const node = element("div", { class: "notice" }, text);
  area.append(node);
  while (area.children.length > 2) area.firstChild.remove();
  setTimeout(() => node.remove(), 6000);
}

export function copy_button(get_text) {
  const button = element("button", { class: "button", type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    const copied = await copy(get_text());
    button.textContent = copied ? "Copied" : "Failed";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {  // no clipboard without HTTPS: the old way
    const area = element("textarea", { class: "skip", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
