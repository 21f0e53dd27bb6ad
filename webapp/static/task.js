// A task's page: copies text, and lights up a value and who needs it together.
(() => {
  "use strict";
  const showCopyButtons = () => { for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false; };

  async function copy(button) {
    const word = button.querySelector("span"), before = word.textContent;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    word.textContent = button.dataset.copied;
    setTimeout(() => { word.textContent = before; }, 2000);
  }

  function light(event) {
    const value = event.target.closest?.("[data-value]")?.dataset.value;
    for (const lit of document.querySelectorAll(".is-lit")) lit.classList.remove("is-lit");
    if (!value) return;
    for (const one of document.querySelectorAll(`[data-value="${CSS.escape(value)}"]`)) one.classList.add("is-lit");
  }

  if (navigator.clipboard) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-copy]");
      if (button) copy(button);
    });
    document.addEventListener("DOMContentLoaded", showCopyButtons);
    document.addEventListener("htmx:after:swap", showCopyButtons);
  }
  document.addEventListener("mouseover", light);
  document.addEventListener("focusin", light);
})();
