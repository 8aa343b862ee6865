// A shelf: books on a plank, the reason for each hanging from it.

import { cover } from "./cover.js";
import { authorNames } from "./byline.js";
import { element, unseen } from "./element.js";
import { icon } from "./icon.js";
import { Latest } from "./latest.js";
import { price } from "./money.js";
import { notice } from "./notice.js";
import { bookHref } from "./route.js";

// What a reader did is read anew by the server every two seconds.
const MEMORY_MS = 2_200;

export class Shelf {
  #latest = new Latest();
  #list = element("ol", { class: "books" });
  #bare;
  #load;
  #of;
  #told;

  /**
   * name: for links and tests; load(signal): resolves to {results}, each a book with `reason`;
   * of: the id of the book whose page this is; shown(books): called whenever books stand.
   * A shelf without books hides, unless `empty` says what to write instead.
   */
  constructor({ name, title, note, load, empty, of, shown }) {
    this.#load = load;
    this.#told = shown;
    this.#of = of;
    this.#bare = element("p", { class: "plain-words", hidden: true }, empty);
    this.element = element(
      "section",
      { class: "shelf", "data-shelf": name, "aria-label": title },
      element("div", { class: "shelf-head" }, element("h2", {}, title), note && element("p", {}, note), this.#turns(title)),
      this.#list,
      this.#bare,
    );
  }

  /** Ask and show; what stood there stays until the answer comes. */
  async fill() {
    const signal = this.#latest.next();
    this.element.querySelector(".notice")?.remove();
    this.#list.hidden = false;
    if (!this.#list.querySelector("[data-book]")) this.#wait();
    this.element.setAttribute("aria-busy", "true");
    try {
      const { results } = await this.#load(signal);
      if (!signal.aborted) this.#show(results);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    } finally {
      if (!signal.aborted) this.element.removeAttribute("aria-busy");
    }
  }

  /** A reader's own shelf: there for who is signed in, away for everyone else. */
  fillFor(reader) {
    this.leave();
    this.element.hidden = !reader;
    return reader ? this.fill() : null;
  }

  /** Fill anew after something changed; once more if the server still answers from memory. */
  async refill(signal) {
    const before = this.#shown();
    await this.fill();
    if (this.#shown() !== before) return;
    await new Promise((resolve) => setTimeout(resolve, MEMORY_MS));
    if (!signal.aborted) await this.fill();
  }

  leave() {
    this.#latest.cancel();
  }

  #shown() {
    return [...this.#list.children].map((each) => each.dataset.book).join();
  }

  #wait() {
    this.#list.className = "books waiting";
    this.#replace(Array.from({ length: 8 }, blank));
  }

  #show(books) {
    this.element.hidden = !books.length && !this.#bare.textContent;
    this.#list.className = "books";
    const reasons = books.some((book) => book.reason);
    this.#list.hidden = !books.length;
    this.#bare.hidden = books.length > 0;
    this.#replace(books.map((book) => standing(book, reasons, this.#of)));
    if (books.length) this.#told?.(books);
  }

  #fail(error) {
    this.#list.hidden = true;
    this.element.append(notice(error, () => this.fill()));
  }

  #replace(children) {
    this.#list.replaceChildren(...children);
    this.#list.scrollTo({ left: 0 });
  }

  #turns(title) {
    const turn = (way) => this.#list.scrollBy({ left: way * this.#list.clientWidth * 0.8, behavior: "smooth" });
    return element(
      "div",
      { class: "shelf-turns" },
      element("button", { class: "round", type: "button", onclick: () => turn(-1) }, icon("left"), unseen(`Back along ${title}`)),
      element("button", { class: "round", type: "button", onclick: () => turn(1) }, icon("right"), unseen(`Along ${title}`)),
    );
  }
}

function standing(book, reasons, of) {
  return element(
    "li",
    { class: "standing", "data-book": book.id },
    element("a", { class: "niche", href: bookHref(book.id), tabindex: "-1", "aria-hidden": "true" }, cover(book)),
    talker(book, reasons, of),
    element(
      "div",
      { class: "spine-note" },
      element("a", { href: bookHref(book.id) }, book.title),
      element("p", { class: "byline" }, authorNames(book)),
      element("p", { class: "price" }, price(book.price)),
    ),
  );
}

/** The card with the reason; where another book is the reason, the way to that book. */
function talker({ reason, reason_book_id: because }, reasons, of) {
  if (!reason) return element("span", { class: reasons ? "talker" : "no-talker" });
  if (!because || because === of) return element("p", { class: "talker" }, reason);
  return element("a", { class: "talker", href: bookHref(because) }, reason);
}

function blank() {
  return element(
    "li",
    { class: "standing", "aria-hidden": "true" },
    element("span", { class: "niche" }, element("span", { class: "blank" })),
  );
}
