// What a visitor does, told to the shop: gathered for a moment, sent without holding up the page.

import { address } from "./api.js";
import { proved } from "./proof.js";
import { visitor } from "./visitor.js";

const GATHER_MS = 500;
const MOST = 200;

let waiting = [];
let timer = 0;

/** kind: of the API's events; fields: book_id, query. Never fails, never waits. */
export function report(kind, fields) {
  const event = { id: crypto.randomUUID?.(), kind, occurred_at: new Date().toISOString(), ...fields };
  if (!event.id) return; // an address without TLS: nothing to tell it apart by
  waiting.push(event);
  if (waiting.length >= MOST) send();
  else timer ||= setTimeout(send, GATHER_MS);
}

/** Also when the page goes away: keepalive outlives it, and carries who is signed in. */
export function send() {
  clearTimeout(timer);
  timer = 0;
  if (!waiting.length) return null;
  const body = JSON.stringify({ events: waiting, visitor: visitor() });
  waiting = [];
  const headers = { "content-type": "application/json", ...proved() };
  return fetch(address("/events"), { method: "POST", headers, body, keepalive: true }).catch(() => null);
}

addEventListener("pagehide", send);
addEventListener("visibilitychange", () => document.visibilityState === "hidden" && send());
