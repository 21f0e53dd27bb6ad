// Light or dark: as the switch in the bar was set in this browser, else as the settings say, else as the system does.
// What was switched is kept with the setting it overrides, so that a new setting counts. Runs before the page is painted.
(() => {
  "use strict";
  const KEY = "stepline-theme", root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  const setting = root.dataset.theme ?? "";
  const switched = () => {
    try {
      const [theme, over] = (localStorage.getItem(KEY) ?? "").split(" over ");
      return over === setting ? theme : "";
    } catch { return ""; }
  };
  const apply = () => { root.dataset.bsTheme = switched() || setting || (dark.matches ? "dark" : "light"); };
  const turn = () => {
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try { localStorage.setItem(KEY, `${next} over ${setting}`); } catch { /* private mode: it holds for this page */ }
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
