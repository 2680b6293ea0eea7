// Live parts: every element with an id and `data-live` is read again from its page whenever the city has a new block or a
// request changed.
//
// One stream a browser: the tab that holds the lock listens to the event stream and tells the others over a
// BroadcastChannel. Without a stream the holder asks a small address with an ETag instead. Nothing is lost when an event
// is missed: an event only says that there is something to read.
import htmx from "htmx.org/dist/htmx.esm.min.js";

const { events, poll } = document.documentElement.dataset;
// Without a stream, and beside one: that the city stands still is told by no event.
const POLL_SECONDS = 3;
const CHECK_SECONDS = 60;
const channel = new BroadcastChannel("citychain-live");
let seen = null;
let due = false;
let busy = false;

async function refresh() {
  const pages = new Map();
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const url = part.dataset.live || location.href;
    pages.set(url, [...(pages.get(url) ?? []), part.id]);
  }
  for (const [url, ids] of pages) {
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) continue;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ids) {
      const part = document.getElementById(id);
      const next = page.getElementById(id);
      if (!part || !next || part.outerHTML === next.outerHTML || part.contains(document.activeElement)) continue;
      await htmx.swap({ text: next.outerHTML, target: part, sourceElement: part, swap: "outerMorph" });
    }
  }
}

// At most about one reading a second, at a moment of each tab's own; none while nobody looks.
async function changed() {
  due = true;
  if (busy) return;
  busy = true;
  try {
    while (due && !document.hidden) {
      due = false;
      await new Promise((done) => setTimeout(done, 200 + 600 * Math.random()));
      await refresh();
    }
  } finally {
    busy = false;
  }
}
document.addEventListener("visibilitychange", () => {
  if (due) changed();
});

function tell() {
  changed();
  channel.postMessage("changed");
}
channel.onmessage = changed;

async function ask() {
  const answer = await fetch(poll, { cache: "no-cache" }).catch(() => null);
  if (!answer?.ok) return;
  const etag = answer.headers.get("ETag");
  if (seen && etag !== seen) tell();
  seen = etag;
}

function listen() {
  let timer = null;
  const start = () => (timer ??= setInterval(ask, POLL_SECONDS * 1000));
  if (!events) return start();
  setInterval(ask, CHECK_SECONDS * 1000);
  const source = new EventSource(events);
  for (const name of ["head", "requests"]) source.addEventListener(name, tell);
  source.onopen = () => {
    clearInterval(timer);
    timer = null;
  };
  source.onerror = start;
}

if (document.querySelector("[data-live]")) {
  if (navigator.locks) navigator.locks.request("citychain-live", () => new Promise(listen));
  else listen();
}
