// A book lying open: cover, title, price, description, particulars.

import { byline } from "./byline.js";
import { cover } from "./cover.js";
import { element } from "./element.js";
import { icon } from "./icon.js";
import { price } from "./money.js";
import { goBack, searchHref } from "./route.js";
import { seriesLine } from "./series.js";
import { stars } from "./stars.js";
import { languageName, stock, when } from "./wording.js";

export function opened(book) {
  const { text, look } = stock(book);
  return element(
    "article",
    { class: "opened", "data-book": book.id },
    wayBack(),
    element("div", { class: "standing-cover" }, cover(book, { eager: true })),
    element(
      "div",
      {},
      element("h1", {}, book.title),
      book.subtitle && element("p", { class: "subtitle" }, book.subtitle),
      byline(book),
      seriesLine(book),
      stars(book),
      element(
        "p",
        { class: "counter" },
        element("span", { class: "price" }, price(book.price)),
        element("span", { class: `stock ${look}` }, text),
      ),
      book.description && element("p", { class: "description" }, book.description),
      particulars(book),
    ),
  );
}

export function waitingBook() {
  return element(
    "div",
    { class: "opened", "aria-hidden": "true" },
    element("div", { class: "standing-cover" }, element("span", { class: "cover blank" })),
    element("div", {}, Array.from({ length: 6 }, () => element("p", { class: "blank blank-line" }))),
  );
}

function wayBack() {
  return element(
    "nav",
    { class: "way-back" },
    element("button", { type: "button", onclick: goBack }, icon("left"), "Back to the shelves"),
  );
}

function particulars(book) {
  const subjects = book.categories.map((category, place) => [
    place > 0 && ", ",
    element("a", { href: searchHref({ category: category.name }) }, category.name),
  ]);
  const facts = [
    ["Subjects", subjects.length && subjects],
    ["Published", book.published && when(book.published)],
    ["Publisher", book.publisher?.name],
    ["Language", book.language && languageName(book.language)],
    ["Pages", book.pages],
    ["ISBN", book.isbn],
  ];
  return element(
    "dl",
    { class: "particulars" },
    facts.filter(([, fact]) => fact).map(([name, fact]) => [element("dt", {}, name), element("dd", {}, fact)]),
  );
}
