// What went wrong, in words, and the way to try again.

import { Problem } from "./api.js";
import { element } from "./element.js";

/** error: of `ask`; retry: called when the reader tries again, or the network comes back. */
export function notice(error, retry) {
  const { heading, advice } = words(error);
  const again = element("button", { class: "button", type: "button", onclick: once }, "Try again");
  const made = element(
    "div",
    { class: "notice", role: "alert" },
    element("h2", {}, heading),
    element("p", {}, advice),
    retry && again,
  );

  function once() {
    removeEventListener("online", back);
    again.disabled = true;
    retry();
  }
  function back() {
    if (made.isConnected) once();
    else removeEventListener("online", back);
  }
  if (retry) addEventListener("online", back);
  return made;
}

/** One sentence of the same, for places without room. */
export function inWords(error) {
  const { heading, advice } = words(error);
  return `${heading}. ${advice}`;
}

function words(error) {
  if (error instanceof Problem) {
    const heading = error.status >= 500 ? "The shop is busy" : (error.title ?? "That did not work");
    return { heading, advice: [sentence(error.message), sentence(error.remedy)].join(" ").trim() };
  }
  if (!navigator.onLine) {
    return { heading: "You are offline", advice: "The shelves come back when the network does." };
  }
  return { heading: "The shop does not answer", advice: "It may be starting. Try again in a moment." };
}

function sentence(text) {
  if (!text) return "";
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`;
}
