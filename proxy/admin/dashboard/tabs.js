// One view at a time, named by the fragment of the address; arrows move between the tabs.

export function start_tabs(on_show) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const name_of = (tab) => tab.id.slice("tab-".length);
  let current = null;

  function show(name) {
    const chosen = tabs.find((tab) => name_of(tab) === name) ?? tabs[0];
    for (const tab of tabs) {
      const selected = tab === chosen;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !selected;
    }
    const strip = chosen.parentElement;
    const left = chosen.offsetLeft - strip.offsetLeft;
    if (left < strip.scrollLeft || left + chosen.offsetWidth > strip.scrollLeft + strip.clientWidth)
      strip.scrollLeft = left - 40;
    if (current === name_of(chosen)) return;
    current = name_of(chosen);
    window.scrollTo(0, 0);
    on_show(current);
  }

  function go(tab, focus) {
    if (location.hash === `#${name_of(tab)}`) show(name_of(tab));
    else location.hash = name_of(tab);
    if (focus) tab.focus();
  }

  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => go(tab, false));
    tab.addEventListener("keydown", (event) => {
      const target = {
        ArrowRight: tabs[(index + 1) % tabs.length],
        ArrowLeft: tabs[(index + tabs.length - 1) % tabs.length],
        Home: tabs[0],
        End: tabs[tabs.length - 1],
      }[event.key];
      if (!target) return;
      event.preventDefault();
      go(target, true);
    });
  }
  const from_address = () => {
    if (location.hash !== "#main") show(location.hash.slice(1));
  };
  window.addEventListener("hashchange", from_address);
  from_address();
  if (current === null) show("overview");
}
