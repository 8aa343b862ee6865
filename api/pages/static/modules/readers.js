// What readers say of a book, and the place to say it.

import { ask } from "./api.js";
import { element } from "./element.js";
import { Latest } from "./latest.js";
import { inWords, notice } from "./notice.js";
import { session } from "./session.js";
import { openSignIn } from "./sign-in.js";
import { giveStars, starRow } from "./stars.js";
import { counted } from "./wording.js";

export class Readers {
  #latest = new Latest();
  #listening = new AbortController();
  #verdict = element("div", {});
  #words = element("div", {});
  #path;
  #rated;

  /** path: of the book; rated(): called once a rating is stored. */
  constructor(path, rated) {
    this.#path = path;
    this.#rated = rated;
    this.element = element(
      "section",
      { class: "readers", "aria-label": "What readers say" },
      element("h2", {}, "What readers say"),
      this.#verdict,
      this.#words,
    );
    const { signal } = this.#listening;
    session.addEventListener("change", () => this.#ask(), { signal });
    this.#ask();
  }

  async fill() {
    const signal = this.#latest.next();
    try {
      const { results } = await ask(`${this.#path}/reviews`, { signal });
      if (!signal.aborted) this.#words.replaceChildren(words(results));
    } catch (error) {
      if (!signal.aborted) this.#words.replaceChildren(notice(error, () => this.fill()));
    }
  }

  leave() {
    this.#latest.cancel();
    this.#listening.abort();
  }

  #ask() {
    this.#verdict.replaceChildren(session.reader ? this.#form() : invitation());
  }

  #form() {
    const refused = element("p", { class: "refused", role: "alert" });
    const text = element("textarea", {
      "aria-label": "A line for other readers",
      placeholder: "A line for other readers, if you like. Then choose the stars.",
      maxlength: "10000",
    });
    const form = element(
      "fieldset",
      { class: "verdict" },
      element("legend", {}, "Your verdict"),
      text,
      giveStars((rating) => this.#give({ rating, text: text.value.trim() }, form, refused)),
      refused,
    );
    return form;
  }

  async #give(review, form, refused) {
    form.disabled = true;
    refused.textContent = "";
    try {
      await ask(`${this.#path}/reviews`, { body: review });
      this.#verdict.replaceChildren(thanks(review.rating));
      await Promise.all([this.fill(), this.#rated()]);
    } catch (error) {
      refused.textContent = inWords(error);
    } finally {
      form.disabled = false;
    }
  }
}

function invitation() {
  return element(
    "div",
    { class: "verdict" },
    element("p", {}, "Have you read it? Sign in and say what you think: your shelf follows your ratings."),
    element("button", { class: "button", type: "button", onclick: openSignIn }, "Sign in to rate"),
  );
}

function thanks(rating) {
  return element(
    "p",
    { class: "verdict", role: "status" },
    `You gave it ${counted(rating, "star")}. The shelf “For you” takes it from here.`,
  );
}

function words(reviews) {
  if (!reviews.length) return element("p", { class: "words byline" }, "Nobody has written about this one yet.");
  return element("ol", { class: "words" }, reviews.map(review));
}

function review({ rating, text, reader_name: reader, created_at: written }) {
  const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" }).format(new Date(written));
  return element(
    "li",
    {},
    element(
      "p",
      { class: "small" },
      starRow(rating),
      element("span", { class: "unseen" }, counted(rating, "star")),
      element("span", {}, reader),
      element("time", { datetime: written }, date),
    ),
    text && element("blockquote", {}, text),
  );
}
