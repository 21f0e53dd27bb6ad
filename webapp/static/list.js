// Ticks all rows of the task list at once, and says how many are ticked. Rows come and go with each refresh.
(() => {
  "use strict";
  const boxes = () => [...document.querySelectorAll("[data-rows] input[name=task]")];

  function show() {
    const all = document.querySelector("[data-tick-all]"), said = document.querySelector("[data-ticked]");
    if (!all || !said) return;
    const ticked = boxes().filter((box) => box.checked).length;
    all.hidden = false;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    const text = ticked ? said.dataset.some.replace("{count}", ticked) : said.dataset.none;
    if (said.textContent !== text) said.textContent = text;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) for (const box of boxes()) box.checked = event.target.checked;
    if (event.target.closest("#bulk")) show();
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.drop[open], details.row-menu[open]"))
      if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.drop[open], details.row-menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("htmx:after:swap", show);
  show();
})();
