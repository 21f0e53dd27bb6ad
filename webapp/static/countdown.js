// Ticks every [data-deadline] once a second by the server's clock, in the words of webapp/view/moment.py.
(() => {
  "use strict";
  const UNITS = [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]];
  const skew = Date.parse(document.querySelector("meta[name=server-time]").content) - Date.now();
  const two = (number) => String(number).padStart(2, "0");

  function durationText(seconds) {
    const place = UNITS.findIndex(([size]) => seconds >= size);
    if (place < 0) return "0 s";
    const [size, unit] = UNITS[place], parts = [[Math.floor(seconds / size), unit]];
    if (UNITS[place + 1]) parts.push([Math.floor(seconds % size / UNITS[place + 1][0]), UNITS[place + 1][1]]);
    return parts.filter(([count]) => count).map((part) => part.join(" ")).join(" ");
  }

  function countdownText(seconds) {
    if (seconds < 0) return `late ${durationText(Math.floor(-seconds))}`;
    const days = Math.floor(seconds / 86400), left = Math.floor(seconds) % 86400;
    const clock = [left / 3600, left % 3600 / 60, left % 60].map(Math.floor).map(two).join(":");
    return days ? `${days} d ${clock}` : clock;
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
