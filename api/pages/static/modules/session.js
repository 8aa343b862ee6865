// Who is reading: signed in or not, told to everyone who listens for "change".

import { ask, tell } from "./api.js";
import { proof } from "./proof.js";

class Session extends EventTarget {
  /** {id, email, display_name, role}, or null. */
  reader = null;

  constructor() {
    super();
    addEventListener("session-ended", () => this.#become(null));
  }

  /** Pick up the session of this browser, if it still holds. */
  async restore() {
    if (!proof()) return;
    try {
      this.#become(await ask("/me"));
    } catch {
      // Not reachable, or no longer valid: the page works without, and says so where it matters.
    }
  }

  async signIn(email, password) {
    await tell("/auth/login", { email, password }, { session: true });
    this.#become(await ask("/me"));
  }

  async signOut() {
    await tell("/auth/logout", {}, { session: true });
    this.#become(null);
  }

  #become(reader) {
    if (reader?.id === this.reader?.id) return;
    this.reader = reader;
    this.dispatchEvent(new Event("change"));
  }
}

export const session = new Session();
