// Closes toasts, and says when the server does not answer.
(() => {
  "use strict";
  const offline = document.getElementById("offline");
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast").remove());
  document.addEventListener("htmx:error", () => { offline.hidden = false; });
  document.addEventListener("htmx:after:request", () => { offline.hidden = true; });
})();
