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
 * query: anything URLSearchParams takes; signal: aborts. Resolves to the decoded JSON.
 * Rejects with Problem, Unreachable, or the signal's own AbortError.
 */
export async function ask(path, { query, signal } = {}) {
  return read(await send(address(path, query), { signal }));
}

/**
 * body: sent as JSON; version: of the row that a PUT replaces. Resolves to {body, seenBy}: the
 * decoded answer, and the `min_version` with which a later question sees what was written.
 */
export async function tell(path, body, { method = "POST", version } = {}) {
  const headers = { "content-type": "application/json" };
  if (version !== undefined) headers["if-match"] = `"${version}"`;
  const answer = await send(address(path), { method, headers, body: JSON.stringify(body) });
  return { body: await read(answer), seenBy: answer.headers.get("index-version") };
}

async function send(url, options) {
  const answer = await sendOnce(url, options);
  if (answer.status !== 401 || !tokens() || url.endsWith("/auth/login")) return answer;
  await renew();
  return sendOnce(url, options);
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
  const answer = await sendOnce(address("/auth/refresh"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refresh_token: refresh }),
  });
  if (answer.ok) return keepTokens(await answer.json());
  keepTokens(null);
  dispatchEvent(new Event("session-ended"));
}

async function sendOnce(url, { signal, headers, ...options }) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const bearer = tokens()?.access && { authorization: `Bearer ${tokens().access}` };
  try {
    return await fetch(url, {
      ...options,
      headers: { accept: "application/json", ...headers, ...bearer },
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
