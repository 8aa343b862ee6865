// The letters that the demo would have sent; new ones appear by themselves.

import { ask } from "./api.js";
import { element } from "./element.js";
import { notice } from "./notice.js";

const LOOK_MS = 2_000;
const LINK = /https?:\/\/\S+/;
const place = document.querySelector("#letters");
let shown = "";

async function look() {
  try {
    const { letters } = await ask("/demo/letters");
    draw(letters);
  } catch (error) {
    shown = "";
    place.replaceChildren(notice(error, look));
    return;
  } finally {
    place.removeAttribute("aria-busy");
  }
  setTimeout(look, LOOK_MS);
}

/** Nothing is drawn anew while nothing has come: who reads or selects is left alone. */
function draw(letters) {
  const now = JSON.stringify(letters.map((each) => [each.to, each.sent_at, each.subject]));
  if (now === shown) return;
  shown = now;
  if (!letters.length) return place.replaceChildren(element("p", {}, "No letter has been written yet."));
  place.replaceChildren(...letters.map(letter));
}

function letter({ to, subject, text, sent_at: sent }) {
  const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }).format(new Date(sent));
  return element(
    "article",
    { class: "letter" },
    element("h2", {}, subject),
    element("p", { class: "small" }, `To ${to}, `, element("time", { datetime: sent }, time)),
    element("pre", {}, text.split(/(https?:\/\/\S+)/).map(linked)),
  );
}

/** Links of this shop are followed on the host that shows them. */
function linked(part) {
  if (!LINK.test(part)) return part;
  const url = new URL(part);
  return element("a", { href: url.pathname + url.hash }, part);
}

look();
