// The counter's start: for staff alone, drawn anew when somebody signs in or out.

import { accountButton } from "../account.js";
import { element } from "../element.js";
import { session } from "../session.js";
import { openSignIn } from "../sign-in.js";
import { themeButton } from "../theme.js";
import { counter } from "./counter.js";

const main = document.querySelector("#main");

function draw() {
  const { reader } = session;
  if (reader && reader.role !== "reader") return main.replaceChildren(...counter());
  main.replaceChildren(
    element("h1", {}, "Behind the counter"),
    element(
      "p",
      { class: "plain-words" },
      reader
        ? "This side of the counter is for the shop’s staff. Sign in with such an account."
        : "See why a search answers as it does, and change it. For the shop’s staff.",
    ),
    reader ? "" : element("p", { class: "enter" }, element("button", { class: "button strong", type: "button", onclick: openSignIn }, "Sign in as staff")),
  );
}

themeButton(document.querySelector("#theme"));
accountButton(document.querySelector("#account"));
session.addEventListener("change", draw);
await session.restore();
draw();
