// Single keys: rows are walked with j and k, opened, ticked, paused and retried; g and a letter lead to a place; `?` lists
// them all. Silent while something is typed, and altogether when the reader's settings say so; Ctrl+K is palette.js's.
(() => {
  "use strict";
  if (document.documentElement.dataset.keys === "off") return;
  const GO_WITHIN_MS = 1500;
  let going = 0;

  const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")];
  const current = () => document.activeElement?.closest?.("[data-row]");
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, code-editor, [contenteditable=true]");

  function walk(step) {
    const all = rows(), here = all.indexOf(current());
    const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step))];
    if (!next) return;
    if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function open() {
    const row = current();
    if (row && document.activeElement === row) row.querySelector("[data-open], th a, a")?.click();
    return Boolean(row && document.activeElement === row);
  }

  // What is ticked, else the row, else the page's own task. A button that is not there or is disabled does nothing.
  function act(name) {
    const ticked = document.querySelector("[data-rows] [data-row] input:checked");
    const of = { bulk: `#bulk button[name=act][value=${name}]`, row: `[formaction*="/${name}"]`, page: `#do-${name}` };
    const row = current();
    if (ticked) document.querySelector(of.bulk)?.click();
    else (row ?? document).querySelector(row ? of.row : of.page)?.click();
  }

  function search() {
    const field = document.querySelector("[data-search]");
    if (field) { field.focus(); field.select(); } else document.querySelector('[data-opens="palette"]').click();
  }

  const KEYS = {
    j: () => walk(1),
    k: () => walk(-1),
    x: () => current()?.querySelector("input[type=checkbox]")?.click(),
    p: () => act("pause"),
    r: () => act("retry"),
    u: () => document.dispatchEvent(new CustomEvent("live:apply")),
    g: () => { going = Date.now(); },
    "/": search,
    "?": () => document.querySelector('[data-opens="keys"]').click(),
  };

  function go(key) {
    const place = Date.now() - going < GO_WITHIN_MS && document.querySelector(`.places [data-go="${CSS.escape(key)}"]`);
    going = 0;
    place?.click();
    return Boolean(place);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (going && event.key !== "Shift" && go(event.key)) return;
    if (event.key === "Enter" && open()) event.preventDefault();
    if (!Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
})();
