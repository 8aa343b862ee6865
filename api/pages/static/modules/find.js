// One book among the results, the words that were asked for marked.

import { byline } from "./byline.js";
import { cover } from "./cover.js";
import { element } from "./element.js";
import { marked } from "./marked.js";
import { price } from "./money.js";
import { bookHref } from "./route.js";
import { seriesLine } from "./series.js";
import { stars } from "./stars.js";
import { languageName, stock, year } from "./wording.js";

export function find(book) {
  const { title, subtitle, authors, description } = book.highlights ?? {};
  const { text, look } = stock(book);
  const facts = [year(book.published), book.language && book.language !== "en" && languageName(book.language)];
  return element(
    "li",
    { class: "find", "data-book": book.id },
    element("a", { href: bookHref(book.id), tabindex: "-1", "aria-hidden": "true" }, cover(book)),
    element(
      "div",
      {},
      element("h2", {}, element("a", { href: bookHref(book.id) }, title ? marked(title) : book.title)),
      book.subtitle && element("p", { class: "subtitle" }, subtitle ? marked(subtitle) : book.subtitle),
      byline(book, authors),
      seriesLine(book),
      description && element("p", { class: "passage" }, marked(description)),
      element(
        "div",
        { class: "facts" },
        element("span", { class: "price" }, price(book.price)),
        stars(book),
        facts.some(Boolean) && element("span", { class: "small" }, facts.filter(Boolean).join(" · ")),
        element("span", { class: `small stock ${look}` }, text),
      ),
    ),
  );
}

export function waitingFind() {
  return element(
    "div",
    { class: "find", "aria-hidden": "true" },
    element("span", { class: "cover blank" }),
    element("div", {}, Array.from({ length: 3 }, () => element("p", { class: "blank blank-line" }))),
  );
}
