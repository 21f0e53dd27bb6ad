// Closes toasts: by click, and by themselves what only says that something was done. Says when the server does not answer.
(() => {
  "use strict";
  const STAYS_MS = 8000;
  const offline = document.getElementById("offline"), toasts = document.getElementById("toasts");
  const timed = new WeakSet();

  function leave(toast) {
    if (toast.matches(":hover") || toast.contains(document.activeElement)) setTimeout(leave, STAYS_MS, toast);
    else toast.remove();
  }

  function time() {
    for (const toast of toasts.querySelectorAll(".toast.is-done")) {
      if (timed.has(toast)) continue;
      timed.add(toast);
      setTimeout(leave, STAYS_MS, toast);
    }
  }

  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast").remove());
  document.addEventListener("htmx:error", () => { offline.hidden = false; });
  document.addEventListener("htmx:after:request", () => { offline.hidden = true; });
  new MutationObserver(time).observe(toasts, { childList: true });
  time();
})();
