// Signing in through another provider: away from here and back, bound to this browser.

import { ask, tell } from "../api.js";
import { session } from "../session.js";
import { act } from "./form.js";

const KEY = "bookwheel.away";
export const BACK = "/sign-in/back";

/** Empty where the shop trusts none, or cannot be asked. */
export async function providers() {
  try {
    return (await ask("/auth/oidc")).providers;
  } catch {
    return [];
  }
}

export function providerButtons(list) {
  return list.map(({ name, title }) => act(`Sign in with ${title}`, () => leaveFor(name)));
}

async function leaveFor(name) {
  const { url, binding } = (await tell(`/auth/oidc/${encodeURIComponent(name)}/start`, {})).body;
  sessionStorage.setItem(KEY, binding);
  location.assign(url);
}

/** What the provider sent back with, once; null where nobody was sent away. */
export function cameBack() {
  if (location.pathname !== BACK) return null;
  const given = new URLSearchParams(location.search);
  history.replaceState(null, "", "/");
  const binding = sessionStorage.getItem(KEY) ?? "";
  sessionStorage.removeItem(KEY);
  return {
    refused: given.get("error") && (given.get("error_description") || given.get("error")),
    body: { state: given.get("state") ?? "", code: given.get("code") ?? "", iss: given.get("iss") ?? "", binding },
  };
}

export function finish({ body }) {
  return session.enter("/auth/oidc/finish", body);
}
