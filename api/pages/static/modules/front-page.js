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
    const window = element("section", { class: "window" }, greeting());
    this.#place.replaceChildren(window, this.#forYou.element, this.#trending.element, this.#popular.element);
    session.addEventListener("change", () => this.#fillForYou(), { signal });
    const shelves = [this.#fillForYou(), this.#popular.fill()];
    const trending = await this.#trending.fill();
    const lying = trending.length >= 4 ? trending : await shelves[1];
    if (signal.aborted) return;
    if (lying.length) window.append(wheel(lying));
    const index = await subjects(signal);
    if (index && !signal.aborted) this.#place.append(index);
    await Promise.all(shelves);
  }

  leave() {
    this.#controller.abort();
    for (const shelf of [this.#forYou, this.#trending, this.#popular]) shelf.leave();
  }

  #fillForYou() {
    this.#forYou.element.hidden = !session.reader;
    return session.reader ? this.#forYou.fill() : [];
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
