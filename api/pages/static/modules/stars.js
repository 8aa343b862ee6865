// Stars: those a book has, and those a reader gives.

import { element, unseen } from "./element.js";
import { icon } from "./icon.js";
import { counted } from "./wording.js";

const FIVE = [1, 2, 3, 4, 5];

/** Five stars, lit by share. */
export function starRow(rating) {
  const lit = element("span", { class: "stars-lit" }, FIVE.map(() => icon("star", "")));
  lit.style.setProperty("--share", rating / 5);
  return element("span", { class: "stars-row", "aria-hidden": "true" }, FIVE.map(() => icon("star", "")), lit);
}

export function stars({ average_rating: average, review_count: count }) {
  if (!count) return element("span", { class: "stars" }, element("span", { class: "stars-count" }, "Not rated yet"));
  return element(
    "span",
    { class: "stars" },
    starRow(average),
    unseen(`${average.toFixed(2)} of 5 stars, `),
    element("span", { class: "stars-count" }, element("span", { "aria-hidden": "true" }, `${average.toFixed(2)} · `), counted(count, "rating")),
  );
}

/** Five buttons; give(rating) is called with the one chosen. given: the rating that stands. */
export function giveStars(give, given = 0) {
  return element(
    "div",
    { class: "give", role: "group", "aria-label": "Your rating" },
    FIVE.map((rating) =>
      element(
        "button",
        {
          type: "button",
          class: rating <= given ? "lit" : null,
          "aria-label": `Rate ${rating} of 5`,
          "aria-pressed": String(rating === given),
          onclick: () => give(rating),
        },
        icon("star", ""),
      ),
    ),
  );
}
