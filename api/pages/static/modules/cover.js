// The drawn cover of a book; its title in a plain frame where the drawing cannot be had.

import { address } from "./api.js";
import { element } from "./element.js";

/** eager: for covers that are seen at once. */
export function cover(book, { eager = false } = {}) {
  return element("img", {
    class: "cover",
    src: address(`/books/${book.id}/cover.svg`),
    alt: "",
    width: 400,
    height: 600,
    loading: eager ? "eager" : "lazy",
    decoding: "async",
    onerror: (event) => event.target.replaceWith(element("span", { class: "cover" }, book.title)),
  });
}
