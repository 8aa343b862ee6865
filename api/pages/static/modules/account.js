// The button at the door: sign in, or who is signed in and the way out.

import { element } from "./element.js";
import { icon } from "./icon.js";
import { session } from "./session.js";
import { openSignIn } from "./sign-in.js";
import { speak } from "./speech.js";

export function accountButton(button) {
  function draw() {
    const { reader } = session;
    button.replaceChildren(
      icon("reader"),
      element("span", {}, reader ? reader.display_name : "Sign in"),
    );
    if (reader) {
      button.title = `Sign out ${reader.display_name}`;
      button.setAttribute("aria-label", `${reader.display_name}, sign out`);
      button.removeAttribute("aria-haspopup");
    } else {
      button.removeAttribute("title");
      button.removeAttribute("aria-label");
      button.setAttribute("aria-haspopup", "dialog");
    }
  }

  button.addEventListener("click", async () => {
    if (!session.reader) return openSignIn();
    try {
      await session.signOut();
      speak("Signed out");
    } catch {
      speak("Still signed in: the shop does not answer");
    }
  });
  session.addEventListener("change", draw);
  draw();
}
