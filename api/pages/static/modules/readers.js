// What readers say of a book, and the place to say it.

import { ask, tell } from "./api.js";
import { element } from "./element.js";
import { Latest } from "./latest.js";
import { inWords, notice } from "./notice.js";
import { session } from "./session.js";
import { openSignIn } from "./sign-in.js";
import { speak } from "./speech.js";
import { giveStars, starRow } from "./stars.js";
import { counted } from "./wording.js";

const PAGE = 100;
const SHOWN = 6;

export class Readers {
  #latest = new Latest();
  #listening = new AbortController();
  #verdict = element("div", {});
  #words = element("div", {});
  #reviews = [];
  #asked = null;
  #path;
  #rated;

  /** path: of the book; rated(seenBy): called once a rating is stored. */
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
    session.addEventListener("change", () => this.fill(), { signal });
    this.#ask();
  }

  async fill() {
    const signal = this.#latest.next();
    try {
      const reviews = await this.#read(signal);
      if (signal.aborted) return;
      this.#reviews = reviews;
      this.#words.replaceChildren(...words(reviews));
      this.#ask();
    } catch (error) {
      if (!signal.aborted) this.#words.replaceChildren(notice(error, () => this.fill()));
    }
  }

  leave() {
    this.#latest.cancel();
    this.#listening.abort();
  }

  /** The newest hundred; all of them while a reader's own, which may be older, is missing. */
  async #read(signal) {
    const reviews = [];
    for (let page = 1; ; page += 1) {
      const query = { size: PAGE, page };
      const { results, count } = await ask(`${this.#path}/reviews`, { query, signal });
      reviews.push(...results);
      const own = !session.reader || reviews.some(isOwn);
      if (own || !results.length || reviews.length >= count) return reviews;
    }
  }

  #ask() {
    const own = this.#reviews.find(isOwn);
    const asked = [session.reader?.id, own?.id, own?.version].join(" ");
    if (asked === this.#asked) return; // what is being typed stays
    this.#asked = asked;
    if (!session.reader) return this.#verdict.replaceChildren(invitation());
    this.#verdict.replaceChildren(this.#form(own));
  }

  /** own: the reader's review, where there is one to change. */
  #form(own) {
    const refused = element("p", { class: "refused", role: "alert" });
    const text = element(
      "textarea",
      {
        "aria-label": "A line for other readers",
        placeholder: "A line for other readers, if you like. Then choose the stars.",
        maxlength: "10000",
      },
      own?.text,
    );
    const form = element(
      "fieldset",
      { class: "verdict" },
      element("legend", {}, own ? "Your verdict stands; change it as you like" : "Your verdict"),
      text,
      giveStars((rating) => this.#give({ rating, text: text.value.trim() }, own, form, refused), own?.rating),
      refused,
    );
    return form;
  }

  async #give(review, own, form, refused) {
    form.disabled = true;
    refused.textContent = "";
    try {
      const path = `${this.#path}/reviews`;
      const { seenBy } = own
        ? await tell(`${path}/${own.id}`, review, { method: "PUT", version: own.version })
        : await tell(path, review);
      speak(`Thank you: ${counted(review.rating, "star")}. The shelf For you follows.`);
      await Promise.all([this.fill(), this.#rated(seenBy)]);
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

function isOwn(review) {
  return review.reader_id === session.reader?.id;
}

function words(reviews) {
  const written = reviews.filter((each) => each.text);
  if (!written.length) return [element("p", { class: "words byline" }, "Nobody has written about this one yet.")];
  const list = element("ol", { class: "words" }, written.slice(0, SHOWN).map(review));
  if (written.length <= SHOWN) return [list];
  const more = element(
    "button",
    {
      class: "button more-words",
      type: "button",
      onclick: () => {
        list.append(...written.slice(SHOWN).map(review));
        more.remove();
      },
    },
    `Read ${written.length - SHOWN} more`,
  );
  return [list, more];
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
