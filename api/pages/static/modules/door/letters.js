// Links of letters: what stands behind the # is taken once, and leaves the address bar.

import { tell } from "../api.js";
import { element } from "../element.js";
import { inWords } from "../notice.js";
import { session } from "../session.js";
import { entering, openSignIn, showSignIn } from "../sign-in.js";
import { openDialog } from "./dialog.js";
import { showNewPassword } from "./joining.js";
import { cameBack, finish } from "./providers.js";

const KINDS = { "verify-email": verify, "reset-password": reset, "change-email": changeAddress };

/** Follow the link that opened the page, and those that are followed while it is open. */
export function followLetters() {
  const back = cameBack();
  if (back) fromProvider(back);
  addEventListener("hashchange", follow);
  follow();
}

function follow() {
  const [kind, token] = location.hash.slice(1).split("=", 2);
  if (!token || !Object.hasOwn(KINDS, kind)) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  KINDS[kind](token);
}

function reset(token) {
  const door = openDialog();
  showNewPassword(door, token, () => showSignIn(door, "Your password is changed. Sign in with the new one."));
}

function verify(token) {
  waiting("Confirming your address", async () => {
    const { email } = (await tell("/auth/email/verify", { token })).body;
    await session.refresh();
    return `${email} is confirmed. Thank you.`;
  });
}

function changeAddress(token) {
  waiting("Confirming your new address", async () => {
    const { email } = (await tell("/auth/email/change", { token })).body;
    await session.refresh();
    return `${email} is your address here from now on.`;
  });
}

async function fromProvider(back) {
  if (back.refused) {
    const door = openSignIn();
    showSignIn(door, `Nobody was signed in: ${back.refused}.`);
    return;
  }
  const door = waiting("Signing you in", null);
  try {
    await entering(door, () => finish(back));
  } catch (error) {
    showSignIn(door, inWords(error));
  }
}

/** work: resolves to what to say in the end; null where somebody else shows it. */
function waiting(heading, work) {
  const door = openDialog();
  const show = (words) =>
    door.show(
      heading,
      element("p", { role: "status" }, words),
      element("button", { class: "button", type: "button", "data-first": true, onclick: door.close }, "To the shelves"),
    );
  show("One moment …");
  work?.().then(show, (error) => show(inWords(error)));
  return door;
}
