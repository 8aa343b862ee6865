// The reader's account: address, second factor, passkeys, and the way out.

import { ask, tell } from "../api.js";
import { element } from "../element.js";
import { notice } from "../notice.js";
import { session } from "../session.js";
import { speak } from "../speech.js";
import { openDialog } from "./dialog.js";
import { act, form, way } from "./form.js";
import { showLetter } from "./joining.js";
import { PASSWORD, proving } from "./proving.js";
import { showNewRecovery, showSetUp, showSwitchOff } from "./second-factor.js";
import { addPasskey, passkeysPossible } from "./webauthn.js";

export function openAccount() {
  const door = openDialog();
  showAccount(door);
  return door;
}

export async function showAccount(door) {
  const { reader } = session;
  const secrets = element("div", { "aria-busy": "true" }, element("p", {}, "One moment …"));
  door.show(
    reader.display_name,
    element("p", {}, reader.email, reader.email_verified ? " – confirmed" : " – not confirmed yet"),
    element(
      "div",
      { class: "door-row" },
      !reader.email_verified && act("Send the link again", () => sendAgain(door)),
      way("Change the address", () => showNewAddress(door)),
    ),
    secrets,
    element(
      "div",
      { class: "door-row door-out" },
      act("Sign out", () => leave(door, () => session.signOut()), { strong: true }),
      act("Sign out everywhere", () => leaveEverywhere(door)),
    ),
  );
  door.element.querySelector(".door-out button").focus();
  await fill(door, secrets);
}

async function fill(door, secrets) {
  try {
    const [factor, { passkeys }, { identities }, { sessions }] = await Promise.all(
      ["/auth/mfa", "/me/passkeys", "/me/identities", "/me/sessions"].map((each) => ask(each)),
    );
    const others = sessions.filter(({ current }) => !current);
    secrets.replaceChildren(secondFactor(door, factor), passkeyList(door, passkeys));
    if (identities.length) secrets.append(identityList(door, identities));
    if (others.length) secrets.append(sessionList(door, others));
  } catch (error) {
    secrets.replaceChildren(notice(error, () => fill(door, secrets)));
  } finally {
    secrets.removeAttribute("aria-busy");
  }
}

async function sendAgain(door) {
  await tell("/auth/email/send", {});
  await showLetter(door, "A letter is on its way", `We have sent the link to ${session.reader.email}.`);
}

function showNewAddress(door) {
  const back = () => showAccount(door);
  door.show(
    "Change the address",
    element("p", {}, "We send a link to the new address; it counts from when you follow it."),
    form({
      fields: [
        { name: "email", label: "New e-mail", type: "email", autocomplete: "email", required: true },
        PASSWORD,
      ],
      submit: "Send the link",
      send: async (given) => {
        await tell("/me/email", given);
        await showLetter(door, "Look into your mailbox", `Unless somebody else has it, a letter is on its way to ${given.email}. Its link works for a day.`);
      },
      extra: [way("Back", back)],
    }),
  );
}

async function leave(door, signOut) {
  try {
    await signOut();
  } finally {
    left(door);
  }
}

function leaveEverywhere(door) {
  return proving(door, {
    heading: "Sign out everywhere",
    submit: "Sign out everywhere",
    back: () => showAccount(door),
    work: async (proof) => {
      await session.signOutEverywhere(proof);
      left(door);
    },
  });
}

function left(door) {
  door.close();
  speak("Signed out");
}

function secondFactor(door, { enabled, recovery_codes_left: left }) {
  const back = () => showAccount(door);
  return element(
    "section",
    { class: "door-part", "aria-label": "Second factor" },
    element("h3", {}, "Second factor"),
    element("p", {}, enabled ? `A code of your app is asked for at sign-in. ${left} recovery codes are left.` : "Off: the password alone signs you in."),
    enabled
      ? element(
          "div",
          { class: "door-row" },
          way("New recovery codes", () => showNewRecovery(door, back)),
          way("Switch off", () => showSwitchOff(door, back)),
        )
      : way("Switch on", () => showSetUp(door, back)),
  );
}

function passkeyList(door, passkeys) {
  return element(
    "section",
    { class: "door-part", "aria-label": "Passkeys" },
    element("h3", {}, "Passkeys"),
    passkeys.length
      ? element("ul", { class: "ways-in" }, passkeys.map((each) => passkeyRow(door, each)))
      : element("p", {}, "None yet. A passkey signs you in by your face, your finger or your device’s code."),
    passkeysPossible()
      ? way("Add a passkey", () => showAddPasskey(door))
      : element("p", { class: "small" }, "At this address the browser offers none."),
  );
}

function passkeyRow(door, { id, name, created_at: since }) {
  return wayInRow(door, { name, since, path: `/me/passkeys/${id}`, remove: "Remove" });
}

function identityList(door, identities) {
  return element(
    "section",
    { class: "door-part", "aria-label": "Other providers" },
    element("h3", {}, "Other providers"),
    element(
      "ul",
      { class: "ways-in" },
      identities.map(({ id, issuer, linked_at: since }) =>
        wayInRow(door, { name: new URL(issuer).host, since, path: `/me/identities/${id}`, remove: "Unlink" })),
    ),
  );
}

function sessionList(door, sessions) {
  return element(
    "section",
    { class: "door-part", "aria-label": "Signed in elsewhere" },
    element("h3", {}, "Signed in elsewhere"),
    element(
      "ul",
      { class: "ways-in" },
      sessions.map(({ id, started_at: since }) =>
        wayInRow(door, { name: "Another browser", since, path: `/me/sessions/${id}`, remove: "Sign out there" })),
    ),
  );
}

/** remove: what the button says. */
function wayInRow(door, { name, since, path, remove }) {
  const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" }).format(new Date(since));
  return element(
    "li",
    {},
    element("span", {}, name, element("small", {}, ` since ${date}`)),
    act(remove, () => proving(door, {
      heading: `${remove} ${name}`,
      submit: remove,
      back: () => showAccount(door),
      work: async (proof) => {
        await tell(path, proof, { method: "DELETE" });
        speak(`${name} is gone`);
        await showAccount(door);
      },
    })),
  );
}

function showAddPasskey(door) {
  const back = () => showAccount(door);
  door.show(
    "Add a passkey",
    element("p", {}, "Your password once more; then your device asks who you are."),
    form({
      fields: [PASSWORD, { name: "name", label: "Name of the device", maxlength: "100" }],
      submit: "Add it",
      send: async ({ password, name }) => {
        await addPasskey(password, name);
        speak("Passkey added");
        await showAccount(door);
      },
      extra: [way("Back", back)],
    }),
  );
}
