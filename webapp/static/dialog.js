// Asks before a form with `data-confirm` (on the form, or on the button that sends it) is sent, in a dialog that names
// the impact; opens the dialogs that [data-opens] names. Loaded before htmx, so that its answer comes first.
(() => {
  "use strict";
  const dialog = document.getElementById("confirm");
  const part = (name) => document.getElementById(`confirm-${name}`);
  let asked = null;

  function ask(form, button) {
    const about = { ...form.dataset, ...button?.dataset };
    const label = about.confirmLabel || button?.textContent.trim() || part("yes").dataset.label;
    asked = { form, button };
    part("title").textContent = about.confirmTitle || button?.textContent.trim() || part("yes").dataset.label;
    part("text").textContent = about.confirm;
    part("yes").textContent = label;
    dialog.returnValue = "no";
    dialog.showModal();
  }

  function answer() {
    const { form, button } = asked ?? {};
    asked = null;
    if (dialog.returnValue !== "yes" || !form?.isConnected) return;
    form.dataset.confirmed = "yes";
    form.requestSubmit(button?.isConnected ? button : undefined);
    delete form.dataset.confirmed;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (form.dataset.confirmed || !(button?.dataset.confirm || form.dataset.confirm)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, button);
  }, true);
  dialog.addEventListener("close", answer);

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const wanted = opener && document.getElementById(opener.dataset.opens);
    if (!wanted || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    wanted.showModal();
    wanted.dispatchEvent(new CustomEvent("opened"));
  });
  document.addEventListener("click", (event) => { if (event.target.matches("dialog[open]")) event.target.close("no"); });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.bar-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.bar-menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  document.querySelectorAll("button[data-opens]").forEach((button) => { button.hidden = false; });
})();
