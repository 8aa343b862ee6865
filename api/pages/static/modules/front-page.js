// The front page: the window with the wheel, the shelves, the index of subjects.

import { ask } from "./api.js";
import { element } from "./element.js";
import { searchHref } from "./route.js";
import { session } from "./session.js";
import { Shelf } from "./shelf.js";
import { subjects } from "./subjects.js";
import { wheel } from "./wheel.js";

export class FrontPage {
  #place;
  #controller = new AbortController();
  #wheel = wheel([]);
  #index = element("div", {});
  #forYou = new Shelf({
    name: "for-you",
    title: "For you",
    note: "from what you read and rated",
    load: (signal) => ask("/books/recommended", { signal }),
    empty: "Rate a book or two, and this shelf fills.",
  });
  #trending = new Shelf({
    name: "trending",
    title: "Trending",
    note: "what left the shelves this week",
    load: (signal) => ask("/books/trending", { query: { days: 7 }, signal }),
    shown: (books) => this.#lay(books),
  });
  #popular = new Shelf({
    name: "popular",
    title: "Popular",
    note: "what readers come back for",
    load: (signal) => ask("/books/popular", { signal }),
  });

  constructor(place) {
    this.#place = place;
  }

  async show() {
    document.title = "Bookwheel";
    const { signal } = this.#controller;
    const window = element("section", { class: "window" }, greeting(), this.#wheel);
    this.#place.replaceChildren(window, this.#forYou.element, this.#trending.element, this.#popular.element, this.#index);
    session.addEventListener("change", () => this.#fillForYou(), { signal });
    await Promise.all([this.#fillForYou(), this.#trending.fill(), this.#popular.fill()]);
  }

  leave() {
    this.#controller.abort();
    for (const shelf of [this.#forYou, this.#trending, this.#popular]) shelf.leave();
  }

  /** What trends lies on the wheel, too; once the shop answers, so does its index. */
  async #lay(books) {
    const turning = wheel(books);
    this.#wheel.replaceWith(turning);
    this.#wheel = turning;
    const { signal } = this.#controller;
    const index = await subjects(signal);
    if (index && !signal.aborted) this.#index.replaceChildren(index);
  }

  #fillForYou() {
    return this.#forYou.fillFor(session.reader);
  }
}

function greeting() {
  const door = (fields, text) => element("a", { class: "button", href: searchHref(fields) }, text);
  return element(
    "div",
    { class: "greeting" },
    element("h1", {}, "Keep many books ", element("em", {}, "open"), " at once."),
    element(
      "p",
      {},
      "In 1588 Agostino Ramelli drew a wheel of reading desks, so that one chair could reach a whole library. This is that chair.",
    ),
    element(
      "div",
      { class: "doors" },
      door({ sort: "popular" }, "Browse everything"),
      door({ sort: "rating", rating_min: "4" }, "Best rated"),
      door({ price_max: "10", sort: "popular" }, "Under ten"),
    ),
  );
}
