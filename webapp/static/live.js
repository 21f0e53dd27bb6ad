// Hears from the server what has changed and says so in the page: `live:news` and `live:state` on the document, and
// `live:<topic>` on the body. One tab of a browser holds the stream (Web Locks) and tells the others (BroadcastChannel);
// where these are not to be had, each tab has its own while it is visible.
(() => {
  "use strict";
  const address = document.querySelector("meta[name=live]")?.content;
  if (!address) return;
  const SILENT_MS = 16000, GREETED_WITHIN_MS = 3000, FIRST_RETRY_MS = 1000, LAST_RETRY_MS = 30000;
  const channel = window.BroadcastChannel ? new BroadcastChannel("stepline-live") : null;
  const shared = Boolean(channel && navigator.locks);
  let source = null, leading = false, state = "connecting", retry = FIRST_RETRY_MS, retrying = 0, heard = Date.now();

  function announce(next) {
    if (next === state) return;
    state = next;
    document.documentElement.dataset.live = state;
    document.dispatchEvent(new CustomEvent("live:state", { detail: { state } }));
  }

  function news(said) {
    document.dispatchEvent(new CustomEvent("live:news", { detail: said }));
    for (const topic of said.topics) document.body.dispatchEvent(new CustomEvent(`live:${topic}`));
  }

  function hear(message) {
    heard = Date.now();
    if (message.kind === "who" && leading) channel.postMessage({ kind: "state", state });
    if (message.kind === "state") announce(message.state);
    if (message.said) news(message.said);
    if (message.kind === "hello") announce("live");
  }

  function tell(message) {
    hear(message);
    if (leading) channel.postMessage(message);
  }

  function connect() {
    clearTimeout(retrying);
    source?.close();
    source = new EventSource(address);
    heard = Date.now();
    for (const kind of ["hello", "live"]) {
      source.addEventListener(kind, (event) => { retry = FIRST_RETRY_MS; tell({ kind, said: JSON.parse(event.data) }); });
    }
    source.addEventListener("ping", () => tell({ kind: "ping" }));
    source.addEventListener("error", lose);
  }

  // The browser's own retry would come from all of them at once, and not at all after a refusal.
  function lose() {
    disconnect();
    tell({ kind: "state", state: navigator.onLine ? "polling" : "offline" });
    retrying = setTimeout(connect, retry * (0.5 + Math.random()));
    retry = Math.min(retry * 2, LAST_RETRY_MS);
  }

  function disconnect() {
    clearTimeout(retrying);
    source?.close();
    source = null;
  }

  function watch() {
    const silent = Date.now() - heard;
    if (source && silent > SILENT_MS) lose();
    else if (!leading && shared && silent > SILENT_MS) {
      announce("polling");
      channel.postMessage({ kind: "who" });
    } else if (state === "connecting" && silent > GREETED_WITHIN_MS) announce("polling");
  }

  function whenVisible() {
    if (document.hidden) disconnect();
    else connect();
  }

  if (shared) {
    channel.addEventListener("message", (event) => hear(event.data));
    channel.postMessage({ kind: "who" });
    navigator.locks.request("stepline-live", () => new Promise(() => { leading = true; connect(); }));
  } else {
    document.addEventListener("visibilitychange", whenVisible);
    whenVisible();
  }
  window.addEventListener("online", () => { if (leading || !shared) connect(); });
  window.addEventListener("offline", () => announce("offline"));
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("pageshow", (event) => { if (event.persisted && (leading || !shared)) connect(); });
  setInterval(watch, 1000);
  document.documentElement.dataset.live = state;
})();
