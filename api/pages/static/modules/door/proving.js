// Proving once more to be the owner: the password, where the sign-in was a while ago.

import { Problem } from "../api.js";
import { element } from "../element.js";
import { form, way } from "./form.js";

export const PASSWORD = { name: "password", label: "Your password", type: "password", autocomplete: "current-password" };

/** work(proof): tried without a password first, then with what the reader types. */
export async function proving(door, { heading, submit, work, back }) {
  try {
    await work({});
  } catch (error) {
    if (!(error instanceof Problem && error.type === "/problems/fresh-sign-in-needed")) throw error;
    door.show(
      heading,
      element("p", {}, "Your password once more, so that nobody else does this."),
      form({ fields: [{ ...PASSWORD, required: true }], submit, send: work, extra: [way("Back", back)] }),
    );
  }
}
