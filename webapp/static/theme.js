// Light or dark: as chosen here before, else as the system says. Runs before the page is painted.
(() => {
  "use strict";
  const KEY = "stepline-theme", root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const apply = () => { root.dataset.bsTheme = chosen() ?? root.dataset.theme ?? (dark.matches ? "dark" : "light"); };
  const turn = () => {
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try { localStorage.setItem(KEY, next); } catch { /* private mode: it holds for this page */ }
    root.dataset.bsTheme = next;
  };
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme-switch");
    button.hidden = false;
    button.addEventListener("click", turn);
  });
})();
