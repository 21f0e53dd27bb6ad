// The editor of a system: moves and groups steps by mouse and keyboard (the server makes the move and sends the form
// anew), draws the values that cross steps, steps back and forth, and keeps unsaved changes from being lost.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg", MOST_STEPS_BACK = 100;
  const form = () => document.getElementById("editor");
  if (!form()) return;
  const byId = (id) => document.getElementById(id);
  let verb = "", missed = false;

  // -- asking the server -----------------------------------------------------------------------------

  // While an act is under way the next ones wait, each with its item: the places change.
  const waiting = [];
  let busy = false;

  function ask(act) {
    form().elements.namedItem("do").value = act;
    form().dispatchEvent(new Event("edited"));
  }

  function askOf(name, item) {
    if (!busy) {
      verb = document.activeElement.matches(".tree-act") ? name : "";
      ask(`${name}:${item.dataset.item}`);
    } else if (item.id) waiting.push(() => (byId(item.id) ? askOf(name, byId(item.id)) : null));
  }

  const actOf = (event) => event.detail.ctx.sourceElement === form() && event.detail.ctx.request.body?.get?.("do");
  document.addEventListener("htmx:config:request", (event) => {
    if (actOf(event)) busy = true;
    else if (busy && event.detail.ctx.sourceElement === form()) {
      event.preventDefault();
      missed = true;
    }
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (!event.detail.ctx.request.body?.get?.("do")) return;
    busy = false;
    form().elements.namedItem("do").value = "";
    if (waiting.length) waiting.shift()();
    else if (missed) form().dispatchEvent(new Event("change"));
    missed = false;
  });

  // Buttons that change the form ask for it in place; saving sends it.
  document.addEventListener("submit", (event) => {
    if (event.target !== form() || event.defaultPrevented) return;
    const button = event.submitter;
    if (!button?.hasAttribute("formaction")) { leaving = true; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    const item = button.closest("[data-item]"), act = button.value || "check";
    if (item) askOf(button.value.split(":")[0], item);
    else if (busy) waiting.push(() => ask(act));
    else ask(act);
  }, true);

  // -- back and forth --------------------------------------------------------------------------------

  const NOT_KEPT = new Set(["csrf_token", "of", "base", "do", "restore", "find", "note"]);
  const isKept = ([name]) => !NOT_KEPT.has(name) && !name.startsWith("pick.");
  const snapshot = () => JSON.stringify(Object.fromEntries([...new FormData(form())].filter(isKept)));
  const past = [], future = [];
  const kept = `stepline-editor ${location.pathname}${location.search}`;
  let now = snapshot(), saved = "changed" in form().dataset ? "" : now, leaving = false;

  function note() {
    const then = snapshot();
    if (then === now) return;
    past.push(now);
    if (past.length > MOST_STEPS_BACK) past.shift();
    future.length = 0;
    now = then;
    show();
  }

  function show() {
    const here = document.activeElement;
    byId("undo").disabled = !past.length;
    byId("redo").disabled = !future.length;
    if (here.disabled) byId(here.id === "undo" ? "redo" : "undo").focus();
    byId("unsaved").hidden = now === saved;
  }

  function restore(state) {
    form().elements.namedItem("restore").value = state;
    now = state;
    ask("restore");
    show();
  }

  function step(from, to) {
    note();
    if (!from.length) return;
    to.push(now);
    restore(from.pop());
  }

  byId("undo").addEventListener("click", () => step(past, future));
  byId("redo").addEventListener("click", () => step(future, past));
  byId("editor-tools").hidden = false;

  const unsaved = () => snapshot() !== saved;
  addEventListener("beforeunload", (event) => { if (!leaving && unsaved()) event.preventDefault(); });

  // A way to another editor and back: what is not saved waits in this tab.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-keeps]") || event.ctrlKey || event.metaKey || event.shiftKey || !unsaved()) return;
    leaving = true;
    try { sessionStorage.setItem(kept, snapshot()); } catch { leaving = false; }
  });
  function comeBack() {
    let state = null;
    try { state = sessionStorage.getItem(kept); sessionStorage.removeItem(kept); } catch { /* private mode: nothing was kept */ }
    if (state && state !== now) { past.push(now); restore(state); }
  }

  // -- keys ------------------------------------------------------------------------------------------

  const ACTS = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "nest", ArrowLeft: "unnest", Delete: "remove", Backspace: "remove" };
  const SHIFTED = {
    ArrowRight: () => ofTicked("group:parallel"),
    ArrowDown: () => ofTicked("group:sequence"),
    ArrowLeft: (item) => item.closest(".tree-group") && askOf("ungroup", item.closest(".tree-group")),
  };
  const ofTicked = (act) => document.querySelector(`#pick-bar [value="${act}"]`)?.click();
  const typing = (target) => target.matches("input, textarea");

  document.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
    const item = event.target.closest?.("[data-item]");
    if (command && key === "s") byId("save").click();
    else if (command && !typing(event.target) && key === "z") (event.shiftKey ? byId("redo") : byId("undo")).click();
    else if (command && !typing(event.target) && key === "y") byId("redo").click();
    else if (event.altKey && event.shiftKey && !command && item && Object.hasOwn(SHIFTED, event.key)) SHIFTED[event.key](item);
    else if (event.altKey && !event.shiftKey && !command && item && Object.hasOwn(ACTS, event.key)) askOf(ACTS[event.key], item);
    else return;
    event.preventDefault();
  });

  // -- ticking ---------------------------------------------------------------------------------------

  // Ticks are for the two buttons alone: a check would tell nothing new of them.
  let last = null;
  const ticks = () => [...document.querySelectorAll(".tree-pick")];

  function count() {
    const bar = byId("pick-bar"), number = ticks().filter((box) => box.checked).length;
    if (!bar) return;
    const { none, one, many } = byId("picked").dataset;
    byId("picked").textContent = [none, one][number] ?? many.replace("{n}", number);
    for (const button of bar.querySelectorAll("button")) button.disabled = number < 2;
    for (const box of ticks()) box.closest("[data-item]").classList.toggle("is-picked", box.checked);
  }

  // With Shift: all from the one that was ticked before.
  function tick(box, on, range) {
    const all = ticks(), ends = [all.indexOf(last), all.indexOf(box)];
    const many = range && ends[0] >= 0 ? all.slice(Math.min(...ends), Math.max(...ends) + 1) : [box];
    for (const one of many) one.checked = on;
    last = box;
    count();
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.(".tree-pick");
    if (box) return tick(box, box.checked, event.shiftKey);
    const row = !event.target.closest?.("a, button, input") && event.target.closest?.("#tree [data-item]");
    if (!row || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    getSelection().removeAllRanges(); // a click with Shift marks text, too
    const own = row.querySelector(".tree-pick");
    tick(own, event.shiftKey || !own.checked, event.shiftKey);
  });
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => { if (event.target.matches(".tree-pick")) event.stopPropagation(); }, true);
  }

  // -- dragging --------------------------------------------------------------------------------------

  let dragged = null, aim = null;
  const MARKS = ["drop-before", "drop-after", "drop-on"];
  document.documentElement.dataset.drags = "yes";

  function unmark() {
    for (const one of document.querySelectorAll(MARKS.map((mark) => `.${mark}`).join())) one.classList.remove(...MARKS);
  }

  // Near its upper or lower edge it comes before or after, in between it joins.
  function aimAt(item, y) {
    const box = item.getBoundingClientRect(), row = item.querySelector(".tree-row").getBoundingClientRect();
    const edge = Math.min(12, row.height / 3);
    if (y < box.top + edge) return "before";
    return y > box.bottom - edge ? "after" : "on";
  }

  document.addEventListener("dragstart", (event) => {
    const item = event.target.closest?.(".grip")?.closest("[data-item]");
    if (!item) return;
    dragged = item;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", item.dataset.item);
    event.dataTransfer.setDragImage(item, 12, 12);
    setTimeout(() => item.classList.add("is-dragged"));
  });
  document.addEventListener("dragover", (event) => {
    const item = dragged && event.target.closest?.("[data-item]");
    unmark();
    aim = null;
    if (!item || dragged.contains(item)) return;
    event.preventDefault();
    aim = { item, how: aimAt(item, event.clientY) };
    item.classList.add(`drop-${aim.how}`);
  });
  document.addEventListener("drop", (event) => {
    if (!dragged || !aim) return;
    event.preventDefault();
    const from = dragged.dataset.item, to = aim.item.dataset.item.split(".").map(Number);
    if (busy) return;
    if (aim.how === "on") ask(`join:${from}:${to.join(".")}`);
    else ask(`move:${from}:${[...to.slice(0, -1), to.at(-1) + (aim.how === "after" ? 1 : 0)].join(".")}`);
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    unmark();
    dragged = aim = null;
  });

  // -- the values that cross -------------------------------------------------------------------------

  function draw() {
    const layer = byId("map-wires");
    if (!layer) return;
    layer.replaceChildren();
    const origin = layer.getBoundingClientRect();
    for (const reader of document.querySelectorAll("#map [data-reads]")) {
      const value = reader.dataset.reads;
      const source = document.querySelector(`#map [data-publishes="${CSS.escape(value)}"]`);
      if (!source) continue;
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", curve(ends(source, origin), ends(reader, origin)));
      path.dataset.value = value;
      path.dataset.how = reader.dataset.how;
      layer.append(path);
    }
  }

  // A line leaves and reaches the edges of the boxes, at the height of the value.
  function ends(one, origin) {
    const box = one.closest(".map-step").getBoundingClientRect(), row = one.getBoundingClientRect();
    return { left: box.left - origin.left, right: box.right - origin.left, y: row.top + row.height / 2 - origin.top };
  }

  function curve(from, to) {
    if (to.left <= from.right) { // below one another: around the left side
      const x = Math.min(from.left, to.left) - 14;
      return `M ${from.left} ${from.y} C ${x} ${from.y}, ${x} ${to.y}, ${to.left} ${to.y}`;
    }
    const bend = Math.max(16, (to.left - from.right) / 2);
    return `M ${from.right} ${from.y} C ${from.right + bend} ${from.y}, ${to.left - bend} ${to.y}, ${to.left} ${to.y}`;
  }

  function light(event) {
    const end = event.target.closest?.("#map [data-reads], #map [data-publishes]");
    const value = end?.dataset.reads ?? end?.dataset.publishes, layer = byId("map-wires");
    layer?.classList.toggle("is-dimmed", Boolean(value));
    for (const path of layer?.children ?? []) path.classList.toggle("is-lit", path.dataset.value === value);
  }
  document.addEventListener("mouseover", light);
  addEventListener("resize", draw);

  // -- after the server has answered -----------------------------------------------------------------

  // What was undone stands in the answer, where a morph leaves what is in a field as it is; ticks likewise.
  function asSent(act) {
    if (!act) return;
    for (const box of ticks()) box.checked = box.defaultChecked;
    if (act !== "restore") return;
    for (const field of form().querySelectorAll("input:not([type=hidden], [type=checkbox]), textarea")) field.value = field.defaultValue;
  }

  // To the button that was pressed, so that it can be pressed again; else to what it was about.
  const isWritingElsewhere = (found) => document.activeElement.matches("input:not(.tree-pick), textarea") && !found.contains(document.activeElement);

  function look() {
    const found = byId(form().elements.namedItem("do").dataset.focus ?? "");
    const button = verb && found?.querySelector(`:scope > .tree-row [value^="${verb}:"]:enabled`);
    verb = "";
    if (!found || isWritingElsewhere(found)) return;
    if (button) button.focus({ preventScroll: true });
    else if (found !== document.activeElement.closest("[data-item]")) found.focus({ preventScroll: true });
    found.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.sourceElement !== form()) return;
    const act = ctx.request.body?.get?.("do");
    asSent(act);
    note();
    draw();
    count();
    if (act) look();
  });
  count();
  draw();
  show();
  // Before htmx has been at the form nobody would hear it; which of the two scripts is first is not certain.
  if ("htmxPowered" in form().dataset) comeBack();
  else document.addEventListener("htmx:after:process", comeBack, { once: true });
})();
