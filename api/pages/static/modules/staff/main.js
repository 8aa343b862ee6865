// The counter's start: for staff alone, drawn anew when somebody signs in or out; a desk an address.

import { accountButton } from "../account.js";
import { element } from "../element.js";
import { session } from "../session.js";
import { openSignIn } from "../sign-in.js";
import { themeButton } from "../theme.js";
import { counter } from "./counter.js";
import { experiments } from "./experiments.js";

const main = document.querySelector("#main");
const DESKS = [
  { path: "/staff", name: "Search", nodes: counter },
  { path: "/staff/experiments", name: "Experiments", nodes: experiments },
];
const desk = DESKS.findLast(({ path }) => location.pathname.startsWith(path)) ?? DESKS[0];

function draw() {
  const { reader } = session;
  if (reader && reader.role !== "reader") return main.replaceChildren(heading(), desks(), ...desk.nodes());
  main.replaceChildren(
    heading(),
    element(
      "p",
      { class: "plain-words" },
      reader
        ? "This side of the counter is for the shop’s staff. Sign in with such an account."
        : "See why a search answers as it does, change it, and try it out. For the shop’s staff.",
    ),
    reader ? "" : element("p", { class: "enter" }, element("button", { class: "button strong", type: "button", onclick: openSignIn }, "Sign in as staff")),
  );
}

function heading() {
  return element("h1", {}, "Behind the counter");
}

function desks() {
  const link = ({ path, name }) => element("a", { href: path, "aria-current": path === desk.path ? "page" : null }, name);
  return element("nav", { class: "desks", "aria-label": "Desks" }, DESKS.map(link));
}

themeButton(document.querySelector("#theme"));
accountButton(document.querySelector("#account"));
session.addEventListener("change", draw);
await session.restore();
draw();
