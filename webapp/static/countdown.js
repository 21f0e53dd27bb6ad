// Ticks every [data-deadline] once a second by the server's clock, in the words of webapp/view/moment.py,
// which stand in the head of the page.
(() => {
  "use strict";
  const said = (name) => document.querySelector(`meta[name=${name}]`).content;
  const { late: LATE, units: UNITS } = JSON.parse(said("clock-words"));  // "late %(time)s", [[86400, "%(count)s d"], …]
  const skew = Date.parse(said("server-time")) - Date.now();
  const written = (count, words) => words.replace("%(count)s", count);
  const two = (number) => String(number).padStart(2, "0");

  function durationText(seconds) {
    const place = UNITS.findIndex(([size]) => seconds >= size);
    if (place < 0) return written(0, UNITS.at(-1)[1]);
    const [size, unit] = UNITS[place], parts = [[Math.floor(seconds / size), unit]];
    if (UNITS[place + 1]) parts.push([Math.floor(seconds % size / UNITS[place + 1][0]), UNITS[place + 1][1]]);
    return parts.filter(([count]) => count).map((part) => written(...part)).join(" ");
  }

  function countdownText(seconds) {
    if (seconds < 0) return LATE.replace("%(time)s", durationText(Math.floor(-seconds)));
    const days = Math.floor(seconds / 86400), left = Math.floor(seconds) % 86400;
    const clock = [left / 3600, left % 3600 / 60, left % 60].map(Math.floor).map(two).join(":");
    return days ? `${written(days, UNITS[0][1])} ${clock}` : clock;
  }

  function tick() {
    const now = Date.now() + skew;
    for (const clock of document.querySelectorAll("[data-deadline]")) {
      const seconds = (Date.parse(clock.dataset.deadline) - now) / 1000;
      const due = clock.dataset.due && seconds <= 0;
      const text = due ? clock.dataset.due : countdownText(seconds);
      if (clock.textContent !== text) clock.textContent = text;
      clock.classList.toggle("is-late", seconds < 0 && !due);
    }
  }

  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:after:swap", tick);
})();
