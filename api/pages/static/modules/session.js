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

  signIn(email, password) {
    return this.enter("/auth/login", { email, password });
  }

  /** Sign in by whatever this route takes: a password, a code, a passkey, another provider's word. */
  async enter(path, proofs) {
    await tell(path, proofs, { session: true });
    this.#become(await ask("/me"), { anew: true });
  }

  /** What has changed about the reader, whoever changed it. */
  async refresh() {
    if (this.reader) this.#become(await ask("/me"), { anew: true });
  }

  /** The session has ended elsewhere. */
  forget() {
    this.#become(null);
  }

  /** proof: {password}, or {} within ten minutes of signing in. */
  async signOutEverywhere(proof) {
    await tell("/me/sessions", proof, { method: "DELETE" });
    this.forget();
  }

  async signOut() {
    await tell("/auth/logout", {}, { session: true });
    this.#become(null);
  }

  #become(reader, { anew = false } = {}) {
    if (!anew && reader?.id === this.reader?.id) return;
    this.reader = reader;
    this.dispatchEvent(new Event("change"));
  }
}

export const session = new Session();
