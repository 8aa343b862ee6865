// The button at the door: sign in, or who is signed in and the way to the account.

import { openAccount } from "./door/account.js";
import { element } from "./element.js";
import { icon } from "./icon.js";
import { session } from "./session.js";
import { openSignIn } from "./sign-in.js";

export function accountButton(button) {
  function draw() {
    const { reader } = session;
    button.replaceChildren(
      icon("reader"),
      element("span", {}, reader ? reader.display_name : "Sign in"),
    );
    if (reader) button.setAttribute("aria-label", `${reader.display_name}, your account`);
    else button.removeAttribute("aria-label");
  }

  button.addEventListener("click", () => (session.reader ? openAccount() : openSignIn()));
  session.addEventListener("change", draw);
  draw();
}
