// Switching the second factor on and off.

import { tell } from "../api.js";
import { element } from "../element.js";
import { form, way } from "./form.js";
import { PASSWORD } from "./proving.js";

const CODE = {
  name: "code",
  label: "Code",
  autocomplete: "one-time-code",
  autocapitalize: "off",
  spellcheck: "false",
  maxlength: "32",
  required: true,
};

export function showSetUp(door, back) {
  door.show(
    "Second factor",
    element("p", {}, "First your password, so that nobody else does this."),
    form({
      fields: [PASSWORD],
      submit: "Go on",
      send: async (given) => showSecret(door, (await tell("/auth/mfa/setup", given)).body, back),
      extra: [way("Back", back)],
    }),
  );
}

function showSecret(door, { secret, uri, qr }, back) {
  door.show(
    "Second factor",
    element("p", {}, "Scan this with an authenticator app, or ", element("a", { href: uri }, "open the app on this device"), "."),
    element("img", { class: "qr", src: qr, alt: "QR code for an authenticator app", width: "200", height: "200" }),
    element("p", { class: "small" }, "By hand: ", element("code", {}, secret.replace(/.{4}(?=.)/g, "$& "))),
    form({
      fields: [{ ...CODE, label: "The code that the app shows" }],
      submit: "Switch on",
      send: async ({ code }) => {
        const { recovery_codes: codes } = (await tell("/auth/mfa/verify", { code })).body;
        showRecovery(door, codes, back);
      },
      extra: [way("Back", back)],
    }),
  );
}

function showRecovery(door, codes, back) {
  door.show(
    "Your recovery codes",
    element("p", { role: "status" }, "Keep these codes where your device is not: each signs you in once, and they are not shown again."),
    element("ul", { class: "recovery", "aria-label": "Recovery codes" }, codes.map((code) => element("li", {}, element("code", {}, code)))),
    element("button", { class: "button strong", type: "button", "data-first": true, onclick: back }, "I have kept them"),
  );
}

export function showNewRecovery(door, back) {
  door.show(
    "New recovery codes",
    element("p", {}, "The codes you have are void once you have new ones."),
    form({
      fields: [{ ...CODE, label: "A code of the app, or one for recovery" }],
      submit: "Make new codes",
      send: async (given) => {
        const { recovery_codes: codes } = (await tell("/auth/mfa/recovery-codes", given)).body;
        showRecovery(door, codes, back);
      },
      extra: [way("Back", back)],
    }),
  );
}

export function showSwitchOff(door, back) {
  door.show(
    "Switch the second factor off",
    form({
      fields: [{ ...CODE, label: "A last code of the app, or one for recovery" }],
      submit: "Switch off",
      send: async (given) => {
        await tell("/auth/mfa/disable", given);
        back();
      },
      extra: [way("Back", back)],
    }),
  );
}
