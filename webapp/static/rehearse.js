// Rehearsals, live: Enter in a field and Ctrl+Enter anywhere rehearse; what has come of it is brought into view. Without
// this script the form is sent and the page comes back.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const run = () => byId("rehearse");
  let typed = false; // since the rehearsal under way was asked for

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopPropagation();
    run()?.click();
  }, true);
  document.addEventListener("submit", (event) => {
    if (!event.submitter?.hasAttribute("data-enter")) return;
    event.preventDefault();
    run().click();
  });

  const isRun = (event) => event.detail.ctx.sourceElement === run();
  document.addEventListener("input", (event) => { if (event.target.closest("#rehearse-form")) typed = true; });
  document.addEventListener("htmx:before:request", (event) => { if (isRun(event)) typed = false; });
  // What was typed meanwhile stays: then only what has come of it is put in.
  document.addEventListener("htmx:after:request", (event) => {
    if (isRun(event) && typed) Object.assign(event.detail.ctx, { target: "#outcome", select: "#outcome > *" });
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (!isRun(event)) return;
    const said = byId("outcome").firstElementChild, { top, bottom } = said?.getBoundingClientRect() ?? {};
    if (said && (top < document.querySelector(".topbar").offsetHeight || bottom > innerHeight)) byId("outcome").scrollIntoView({ block: "start" });
  });
})();
