// Authors' names, each a way to their other books.

import { element } from "./element.js";
import { marked } from "./marked.js";
import { searchHref } from "./route.js";

/** highlights: the authors' names with marks, in the same order, where the search sent them. */
export function byline(book, highlights) {
  const names = book.authors.map((author, place) => [
    place > 0 && (place === book.authors.length - 1 ? " and " : ", "),
    element(
      "a",
      { href: searchHref({ author: author.name }) },
      highlights?.length === book.authors.length ? marked(highlights[place]) : author.name,
    ),
  ]);
  return names.length ? element("p", { class: "byline authors" }, names) : null;
}

/** The same as text. */
export function authorNames(book) {
  return book.authors.map((author) => author.name).join(", ");
}
