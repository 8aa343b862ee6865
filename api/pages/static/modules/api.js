// Asking the server: JSON in and out, its problems as errors, the session renewed when it runs out.

import { proof, proved } from "./proof.js";

const ROOT = "/api/v1";
const PATIENCE_MS = 15_000;

/** The server answered, and said no: RFC 9457. */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail || body.title || `the server answered ${status}`);
    this.name = "Problem";
    this.status = status;
    this.type = body.type;
    this.title = body.title;
    this.remedy = body.remedy;
    /** [{pointer, detail}]: which part of what was sent is wrong. */
    this.faults = body.errors ?? [];
    /** To be sent with a code, where the password alone is not enough. */
    this.challenge = body.challenge;
  }
}

/** No answer came: no network, no server, or none in time. */
export class Unreachable extends Error {}

/** The path of an API resource, for links and images. */
export function address(path, query) {
  const parameters = new URLSearchParams(query).toString();
  return `${ROOT}${path}${parameters && `?${parameters}`}`;
}

/**
 * query: anything URLSearchParams takes; signal: aborts; headers: by name. Resolves to the decoded
 * JSON. Rejects with Problem, Unreachable, or the signal's own AbortError.
 */
export async function ask(path, { query, signal, headers } = {}) {
  return read(await send(address(path, query), { signal, headers }));
}

/**
 * body: sent as JSON; version: of the row that a PUT replaces; session: true where the answer
 * signs in or out. Resolves to {body, seenBy}: the
 * decoded answer, and the `min_version` with which a later question sees what was written.
 */
export async function tell(path, body, { method = "POST", version, session } = {}) {
  const headers = { "content-type": "application/json" };
  if (version !== undefined) headers["if-match"] = `"${version}"`;
  if (session) headers["x-session"] = "cookie";
  const answer = await send(address(path), { method, headers, body: JSON.stringify(body) });
  return { body: await read(answer), seenBy: answer.headers.get("index-version") };
}

async function send(url, options) {
  const before = proof();
  const answer = await sendOnce(url, options);
  if (answer.status !== 401 || !before || !(await wantsSession(answer))) return answer;
  await alone(() => renew(before));
  return sendOnce(url, options);
}

/** A wrong password or code is 401, too: sent again it would be counted twice. */
async function wantsSession(answer) {
  const { type } = await answer.clone().json().catch(() => ({}));
  return type === "/problems/unauthenticated";
}

/** One renewal at a time over all tabs: a refresh token used twice would end the session. */
function alone(work) {
  return navigator.locks ? navigator.locks.request("bookwheel-renewal", work) : work();
}

async function renew(before) {
  if (proof() !== before) return; // somebody was quicker: each renewal brings another proof
  const answer = await sendOnce(address("/auth/refresh"), {
    method: "POST",
    headers: { "content-type": "application/json", "x-session": "cookie" },
    body: "{}",
  });
  if (answer.status === 401) dispatchEvent(new Event("session-ended"));
}

async function sendOnce(url, { signal, headers, ...options }) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    return await fetch(url, {
      ...options,
      headers: { accept: "application/json", ...headers, ...(options.method && proved()) },
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("no answer", { cause: error });
  }
}

async function read(answer) {
  const text = await answer.text();
  let decoded = null;
  try {
    decoded = text ? JSON.parse(text) : null;
  } catch (error) {
    if (answer.ok) throw new Unreachable("not an answer of this shop", { cause: error });
  }
  if (!answer.ok) throw new Problem(answer.status, decoded ?? {});
  return decoded;
}
