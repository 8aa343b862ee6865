// Becoming a reader, and getting back in: registration, a forgotten password.

import { tell } from "../api.js";
import { demoAccounts } from "../demo-accounts.js";
import { element } from "../element.js";
import { session } from "../session.js";
import { form, way } from "./form.js";

const NEW_PASSWORD = {
  name: "password",
  label: "New password",
  hint: "Eight characters or more; a few words that do not belong together are best.",
  type: "password",
  autocomplete: "new-password",
  minlength: "8",
  maxlength: "256",
  required: true,
};
const EMAIL = { name: "email", label: "E-mail", type: "email", autocomplete: "username", required: true };

/** back(): shows where one came from. */
export function showRegister(door, back) {
  door.show(
    "Create an account",
    form({
      fields: [
        EMAIL,
        { name: "display_name", label: "What shall we call you?", hint: "Others see it beside your reviews. You may leave it empty.", autocomplete: "nickname", maxlength: "100" },
        { ...NEW_PASSWORD, label: "Password" },
      ],
      submit: "Create the account",
      send: async (given) => {
        await session.enter("/auth/register", given);
        await showLetter(door, "Welcome", `We have sent a letter to ${given.email}: please follow its link, so that we know the address is yours.`);
      },
      extra: [way("I have one already", back)],
    }),
  );
}

export function showForgotten(door, back) {
  door.show(
    "Forgotten your password?",
    element("p", {}, "Tell us your address, and we send you a link by which you choose a new one."),
    form({
      fields: [EMAIL],
      submit: "Send the link",
      send: async ({ email }) => {
        await tell("/auth/password/forgot", { email });
        await showLetter(door, "Look into your mailbox", `If somebody has an account with ${email}, a letter is on its way. Its link works for an hour.`);
      },
      extra: [way("Back", back)],
    }),
  );
}

/** token: of a letter's link; done(): once the password is changed. */
export function showNewPassword(door, token, done) {
  door.show(
    "Choose a new password",
    form({
      fields: [NEW_PASSWORD],
      submit: "Change it",
      send: async ({ password }) => {
        await tell("/auth/password/reset", { token, password });
        session.forget(); // every session has ended, this tab's, too
        done();
      },
    }),
  );
}

/** What is on its way by letter; in the demo, where to find it. */
export async function showLetter(door, heading, words) {
  const demo = (await demoAccounts()).length > 0;
  door.show(
    heading,
    element("p", {}, words),
    demo && element("p", {}, "This is a demonstration, which sends no letters: ", element("a", { href: "/outbox" }, "it lies in the outbox"), "."),
    element("button", { class: "button", type: "button", "data-first": true, onclick: door.close }, "To the shelves"),
  );
}
