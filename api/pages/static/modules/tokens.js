// The reader's tokens, for as long as the tab is open.

const KEY = "bookwheel.tokens";
let held = read();

export function tokens() {
  return held;
}

/** given: what the server sent at sign-in or refresh; null forgets. */
export function keepTokens(given) {
  held = given && { access: given.access_token, refresh: given.refresh_token };
  try {
    if (held) sessionStorage.setItem(KEY, JSON.stringify(held));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is switched off: the tokens live in memory alone.
  }
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}
