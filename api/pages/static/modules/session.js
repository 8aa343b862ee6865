// Who is reading: signed in or not, told to everyone who listens for "change".

import { ask, tell } from "./api.js";
import { keepTokens, tokens } from "./tokens.js";

class Session extends EventTarget {
  /** {id, email, display_name, role}, or null. */
  reader = null;

  constructor() {
    super();
    addEventListener("session-ended", () => this.#become(null));
  }

  /** Pick up the session of this tab, if it still holds. */
  async restore() {
    if (!tokens()) return;
    try {
      this.#become(await ask("/me"));
    } catch {
      // Not reachable, or no longer valid: the page works without, and says so where it matters.
    }
  }

  async signIn(email, password) {
    keepTokens(null);
    keepTokens((await tell("/auth/login", { email, password })).body);
    this.#become(await ask("/me"));
  }

  async signOut() {
    const { refresh } = tokens() ?? {};
    try {
      if (refresh) await tell("/auth/logout", { refresh_token: refresh });
    } finally {
      keepTokens(null);
      this.#become(null);
    }
  }

  #become(reader) {
    if (reader?.id === this.reader?.id) return;
    this.reader = reader;
    this.dispatchEvent(new Event("change"));
  }
}

export const session = new Session();
