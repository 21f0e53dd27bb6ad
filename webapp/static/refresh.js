// Asks for the live parts of the page ([data-live]) again when live.js says that their topics have changed, now and then
// in any case, and every few seconds while nothing is heard. Rows that somebody points at, has ticked or works in stay as
// they are: what would change there waits behind a button.
(() => {
  "use strict";
  const POLL_MS = 3000, IN_ANY_CASE_MS = 30000, LEAST_PACE_MS = 500, PAUSED = "stepline-paused";
  const root = document.documentElement, button = document.getElementById("updates");
  const hovers = matchMedia("(hover: hover)");
  const asked = new Map(); // id of a part → when it asked last, what is under way, what is to come
  let pace = LEAST_PACE_MS, seq = "", waiting = false;

  const parts = () => document.querySelectorAll("[data-live]");
  const paused = () => root.dataset.livePaused === "yes";
  const about = (part) => {
    if (!asked.has(part.id)) asked.set(part.id, { at: Date.now(), busy: false, again: false, timer: 0, jitter: Math.random() });
    return asked.get(part.id);
  };

  function ask(part) {
    const one = about(part);
    clearTimeout(one.timer);
    one.timer = 0;
    if (document.hidden || paused()) return;
    if (one.busy) { one.again = true; return; }
    one.at = Date.now();
    part.dispatchEvent(new CustomEvent("live"));
  }

  // At once, but not more often than the server can bear, and not at the same moment as all other browsers.
  function askSoon(part) {
    const one = about(part);
    if (one.timer) return;
    const spread = Math.random() * (pace - LEAST_PACE_MS);
    one.timer = setTimeout(() => {
      const now = document.getElementById(part.id);
      if (now) ask(now);
    }, Math.max(spread, one.at + pace - Date.now()));
  }

  const askAll = () => parts().forEach(ask);

  function concerns(part, topics) {
    const mine = part.dataset.live.split(" ").filter(Boolean);
    const any = topics.includes("task:*") && mine.some((topic) => topic.startsWith("task:"));
    return (topics.length && !mine.length) || any || mine.some((topic) => topics.includes(topic));
  }

  document.addEventListener("live:news", (event) => {
    const { topics, ...said } = event.detail;
    pace = Math.max(LEAST_PACE_MS, said.pace);
    seq = said.seq;
    for (const part of parts()) if (concerns(part, topics)) askSoon(part);
  });
  // From now on nothing is missed; what has been missed till now is asked for once.
  document.addEventListener("live:state", (event) => { if (event.detail.state === "live") parts().forEach(askSoon); });

  setInterval(() => {
    const every = root.dataset.live === "live" ? IN_ANY_CASE_MS : POLL_MS;
    for (const part of parts()) {
      const one = about(part);
      if ("changes" in part.dataset && Date.now() - one.at > every * (1 + one.jitter / 3)) ask(part);
    }
    settle();
  }, 500);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) askAll(); });

  // -- a request of a part ---------------------------------------------------------------------------

  const partOf = (event) => event.detail.ctx.sourceElement?.closest?.("[data-live]");
  document.addEventListener("htmx:config:request", (event) => {
    const part = partOf(event);
    if (part && root.dataset.live === "live" && seq) event.detail.ctx.request.headers["Live-Seq"] = seq;
  });
  document.addEventListener("htmx:before:request", (event) => { const part = partOf(event); if (part) about(part).busy = true; });
  document.addEventListener("htmx:finally:request", (event) => {
    const part = partOf(event);
    if (!part) return;
    const one = about(part);
    one.busy = false;
    if (one.again) { one.again = false; askSoon(part); }
  });

  // -- rows in use -----------------------------------------------------------------------------------

  const rowsIn = (part) => document.querySelector(part.getAttribute("hx-target"))?.querySelector("[data-rows]");
  const used = (rows) => rows.querySelector("input:checked, details[open], :popover-open")
    || rows.contains(document.activeElement) || (hovers.matches && rows.querySelector("[data-row]:hover"));

  function shown(row) {
    const copy = row.cloneNode(true);
    for (const clock of copy.querySelectorAll("[data-deadline]")) clock.textContent = clock.dataset.deadline;
    return `${copy.className} ${copy.textContent.replace(/\s+/g, " ")}`;
  }

  // How many rows would look different, come, go, or stand elsewhere.
  function changes(rows, html) {
    const next = new DOMParser().parseFromString(html, "text/html").querySelector("[data-rows]");
    const before = new Map([...rows.querySelectorAll("[data-row]")].map((row) => [row.id, shown(row)]));
    const after = new Map([...(next?.querySelectorAll("[data-row]") ?? [])].map((row) => [row.id, shown(row)]));
    const different = [...after].filter(([id, text]) => before.get(id) !== text).length;
    const gone = [...before.keys()].filter((id) => !after.has(id)).length;
    return different + gone || Number([...before.keys()].join() !== [...after.keys()].join());
  }

  function offer(count) {
    waiting = count > 0;
    button.hidden = !waiting;
    button.querySelector("span").textContent = count === 1 ? button.dataset.one : button.dataset.many.replace("{n}", count);
  }

  document.addEventListener("htmx:after:request", (event) => {
    const part = partOf(event), { ctx } = event.detail, rows = part && rowsIn(part);
    if (ctx.response.status === 304 && part) offer(0);
    if (!rows || ctx.response.status !== 200 || part.dataset.apply || !used(rows)) return;
    const count = changes(rows, ctx.text);
    if (!count) return;
    event.preventDefault(); // nothing is swapped
    offer(count);
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.sourceElement?.closest?.("dialog")) return;
    offer(0);
    for (const part of parts()) delete part.dataset.apply;
  });

  function apply() {
    for (const part of parts()) {
      part.dataset.apply = "yes";
      ask(part);
    }
  }

  // What waited is applied as soon as nobody uses the rows any more.
  function settle() {
    if (waiting && ![...parts()].some((part) => { const rows = rowsIn(part); return rows && used(rows); })) apply();
  }

  button.addEventListener("click", apply);
  document.addEventListener("live:apply", apply);

  // -- pause -----------------------------------------------------------------------------------------

  const pause = document.getElementById("live-pause");
  function setPaused(yes) {
    root.dataset.livePaused = yes ? "yes" : "no";
    pause?.setAttribute("aria-pressed", String(yes));
    try { sessionStorage.setItem(PAUSED, yes ? "yes" : "no"); } catch { /* private mode: it holds for this page */ }
    if (!yes) askAll();
  }
  const remembered = () => { try { return sessionStorage.getItem(PAUSED) === "yes"; } catch { return false; } };
  pause?.addEventListener("click", () => setPaused(!paused()));
  root.dataset.livePaused = remembered() ? "yes" : "no";
  pause?.setAttribute("aria-pressed", String(paused()));
  for (const one of [pause, document.getElementById("live-state")]) if (one && parts().length) one.hidden = false;
})();
