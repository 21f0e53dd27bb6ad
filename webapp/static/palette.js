// The command palette: Ctrl+K (or the magnifier) opens it, arrows choose, Enter goes.
(() => {
  "use strict";
  const dialog = document.getElementById("palette"), field = document.getElementById("palette-q");
  const options = () => [...dialog.querySelectorAll("[role=option]")];
  const chosen = () => options().find((one) => one.ariaSelected === "true");

  function choose(option) {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    option?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option?.id ?? "");
  }

  function step(by) {
    const all = options(), here = all.findIndex((one) => one.ariaSelected === "true");
    choose(all[(here + by + all.length) % all.length]);
  }

  const ask = () => field.dispatchEvent(new CustomEvent("look"));

  function look() {
    field.value = "";
    field.focus();
    ask();
  }

  dialog.addEventListener("opened", look);
  // Opened before htmx knew the field, it has asked nobody.
  document.addEventListener("htmx:after:process", () => { if (dialog.open) ask(); }, { once: true });
  dialog.addEventListener("htmx:after:swap", () => choose(chosen())); // the first, unless a key was quicker
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    }
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    chosen()?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else document.querySelector('[data-opens="palette"]').click();
  });
})();
