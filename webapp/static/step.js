// The form of a step, live: its small buttons change it in place, links are dragged to another place. Without this script
// the buttons send the form and the page comes back changed.
(() => {
  "use strict";
  const form = () => document.getElementById("step-form");

  let acting = null, missed = false, dragging = false; // the address of the act under way; whether a check was left out

  async function act(button) {
    const values = button.name ? { [button.name]: button.value } : {};
    acting = button.formAction;
    missed = false;
    await htmx.ajax("POST", acting, { source: form(), target: form(), select: "#step-form > *", swap: "innerMorph", values });
    acting = null;
    form().querySelector("[autofocus]")?.focus();
    if (missed) check();
  }

  function check() {
    missed = false;
    form().dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("submit", (event) => {
    if (event.target !== form() || !event.submitter?.hasAttribute("data-act")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act(event.submitter);
  }, true);

  // A check that began before an act, or a drag, has changed the form would bring back what stood there; and an answer that
  // comes while a card is held would take it out of the hand.
  document.addEventListener("htmx:config:request", (event) => {
    if (!(acting || dragging) || event.target !== form() || event.detail.ctx.request.action === acting) return;
    event.preventDefault();
    missed = true;
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { request, sourceElement } = event.detail.ctx;
    if (!dragging || sourceElement !== form() || request.action === acting) return;
    event.preventDefault(); // nothing is swapped
    missed = true;
  });

  function letGo() {
    dragging = false;
    if (missed) check();
  }

  function arrange() {
    const list = document.getElementById("link-cards");
    if (!list || Sortable.get(list)) return;
    document.documentElement.dataset.sortable = "yes";
    Sortable.create(list, {
      handle: ".grip", animation: 120, forceFallback: true, fallbackTolerance: 3,
      onChoose: () => { dragging = true; },
      onEnd: () => { missed = true; },
      onUnchoose: () => setTimeout(letGo), // the last that a drag tells, and all of a click
    });
  }

  arrange();
  document.addEventListener("htmx:after:swap", arrange);
})();
