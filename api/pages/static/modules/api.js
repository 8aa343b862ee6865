// Asking the server: JSON in and out, its problems as errors, tokens renewed when they run out.

import { keepTokens, tokens } from "./tokens.js";

const ROOT = "/api/v1";
const PATIENCE_MS = 15_000;

/** The server answered, and said no: RFC 9457. */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail || body.title || `the server answered ${status}`);
    this.name = "Problem";
    this.status = status;
    this.title = body.title;
    this.remedy = body.remedy;
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
 * query: anything URLSearchParams takes; body: sent as JSON by POST; signal: aborts.
 * Resolves to the decoded JSON, or null for an empty answer.
 * Rejects with Problem, Unreachable, or the signal's own AbortError.
 */
export async function ask(path, { query, body, signal } = {}) {
  const request = () => send(address(path, query), body, signal);
  let answer = await request();
  if (answer.status === 401 && tokens()) {
    await renew();
    answer = await request();
  }
  return read(answer);
}

let renewal = null;

/** One renewal at a time: a refresh token used twice would end the session. */
function renew() {
  renewal ??= renewOnce().finally(() => {
    renewal = null;
  });
  return renewal;
}

async function renewOnce() {
  const { refresh } = tokens();
  keepTokens({ access_token: null, refresh_token: refresh });
  const answer = await send(address("/auth/refresh"), { refresh_token: refresh });
  if (answer.ok) return keepTokens(await answer.json());
  keepTokens(null);
  dispatchEvent(new Event("session-ended"));
}

async function send(url, body, signal) {
  const headers = { accept: "application/json" };
  if (tokens()?.access) headers.authorization = `Bearer ${tokens().access}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    return await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
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
