// The door: sign in by password, passkey or another provider, or with one click as a demo reader.

import { Problem } from "./api.js";
import { demoAccounts } from "./demo-accounts.js";
import { openDialog } from "./door/dialog.js";
import { act, form, way } from "./door/form.js";
import { providerButtons, providers } from "./door/providers.js";
import { showForgotten, showRegister } from "./door/joining.js";
import { passkeysPossible, signInByPasskey } from "./door/webauthn.js";
import { element } from "./element.js";
import { inWords } from "./notice.js";
import { session } from "./session.js";
import { speak } from "./speech.js";

export function openSignIn() {
  const door = openDialog();
  showSignIn(door);
  return door;
}

export function showSignIn(door, said) {
  const tickets = element("div", {});
  const elsewhere = element("div", { class: "door-others" });
  const byHand = form({
    fields: [
      { name: "email", label: "E-mail", type: "email", autocomplete: "username", required: true },
      { name: "password", label: "Password", type: "password", autocomplete: "current-password", required: true },
    ],
    submit: "Sign in",
    send: ({ email, password }) => entering(door, () => session.signIn(email, password)),
  });
  door.show(
    "Sign in",
    said && element("p", { role: "status" }, said),
    tickets,
    byHand,
    passkeysPossible() &&
      element("div", { class: "door-others" }, act("Sign in with a passkey", () =>
        entering(door, signInByPasskey))),
    elsewhere,
    element(
      "p",
      { class: "door-row" },
      way("Create an account", () => showRegister(door, back)),
      way("Forgotten your password?", () => showForgotten(door, back)),
    ),
  );
  function back() {
    showSignIn(door);
  }
  providers().then((list) => elsewhere.append(...providerButtons(list)));
  showTickets(door, tickets);
}

/** enter: signs in; a right password may want a code besides. */
export async function entering(door, enter) {
  try {
    await enter();
  } catch (error) {
    if (!(error instanceof Problem && error.challenge)) throw error;
    showCode(door, error.challenge);
    return;
  }
  welcome(door);
}

export function welcome(door) {
  door.close();
  speak(`Welcome, ${session.reader.display_name}`);
}

function showCode(door, challenge) {
  door.show(
    "One more thing",
    element("p", {}, "Your account asks for a code of your authenticator app, or one of your recovery codes."),
    form({
      fields: [
        {
          name: "code",
          label: "Code",
          autocomplete: "one-time-code",
          inputmode: "text",
          autocapitalize: "off",
          spellcheck: "false",
          maxlength: "32",
          required: true,
        },
      ],
      submit: "Go on",
      send: ({ code }) => entering(door, () => session.enter("/auth/mfa/verify", { challenge, code })),
      extra: [way("Begin anew", () => showSignIn(door))],
    }),
  );
}

async function showTickets(door, tickets) {
  const accounts = await demoAccounts();
  if (!accounts.length || !tickets.isConnected) return;
  const untouched = [...door.element.querySelectorAll("input")].every((input) => !input.value);
  tickets.replaceChildren(...demoReaders(door, accounts));
  if (untouched) tickets.querySelector("button").focus();
}

function demoReaders(door, accounts) {
  const list = element("ul", { class: "tickets", "aria-label": "Demo readers" });
  list.append(...accounts.map((account) => ticket(account, () => borrow(door, list, account))));
  return [element("p", {}, "This is a demonstration: borrow a reader’s ticket."), list];
}

function ticket({ display_name: name, role, tastes }, onclick) {
  return element(
    "li",
    {},
    element(
      "button",
      { class: "ticket", type: "button", onclick },
      element("strong", {}, name),
      element("span", {}, tastes?.length ? `reads ${tastes.join(", ")}` : role),
    ),
  );
}

async function borrow(door, list, { email, password }) {
  list.parentElement.querySelector(".refused")?.remove();
  try {
    await entering(door, () => session.signIn(email, password));
  } catch (error) {
    list.after(element("p", { class: "refused", role: "alert" }, inWords(error)));
  }
}
