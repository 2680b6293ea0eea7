// Live parts: every element with an id and `data-live` is read again from its page whenever the city has a new block.
//
// One stream a browser: the tab that holds the lock listens to the event stream and tells the others over a
// BroadcastChannel. Without a stream the holder asks a small address with an ETag instead. Nothing is lost when an event
// is missed: an event only says that there is something to read.
import htmx from "htmx.org/dist/htmx.esm.min.js";

const { events, poll } = document.documentElement.dataset;
const POLL_SECONDS = 3;
const channel = new BroadcastChannel("citychain-live");
const etags = new Map();
let waiting = false;

async function refresh() {
  waiting = false;
  const pages = new Map();
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const url = part.dataset.live || location.href;
    pages.set(url, [...(pages.get(url) ?? []), part.id]);
  }
  for (const [url, ids] of pages) {
    const known = etags.get(url);
    const answer = await fetch(url, { headers: known ? { "If-None-Match": known } : {} }).catch(() => null);
    if (!answer?.ok) continue;
    if (answer.headers.get("ETag")) etags.set(url, answer.headers.get("ETag"));
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const id of ids) {
      const part = document.getElementById(id);
      const next = page.getElementById(id);
      if (!part || !next || part.outerHTML === next.outerHTML || part.contains(document.activeElement)) continue;
      await htmx.swap({ text: next.outerHTML, target: part, sourceElement: part, swap: "outerMorph" });
    }
  }
}

function changed() {
  if (waiting) return;
  waiting = true;
  if (!document.hidden) setTimeout(refresh, 250);
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && waiting) refresh();
});

function tell() {
  changed();
  channel.postMessage("changed");
}
channel.onmessage = changed;

async function ask() {
  const answer = await fetch(poll, { cache: "no-cache" }).catch(() => null);
  const etag = answer?.ok && answer.headers.get("ETag");
  if (etag && etags.get(poll) && etags.get(poll) !== etag) tell();
  if (etag) etags.set(poll, etag);
}

function listen() {
  let timer = null;
  const start = () => (timer ??= setInterval(ask, POLL_SECONDS * 1000));
  if (!events) return start();
  const source = new EventSource(events);
  for (const name of ["message", "head", "change"]) source.addEventListener(name, tell);
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
