// "Why is this book not there?": asked of one book and the query on the page.

import { ask } from "../api.js";
import { element, present } from "../element.js";
import { inWords } from "../notice.js";

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** asked: the parameters of the search on the page. */
export function whyNot(asked) {
  const book = element("input", { type: "text", "aria-label": "Book", placeholder: "Title or id of the book", required: true });
  const verdict = element("div", { class: "verdict", role: "status" });
  const judge = async (event) => {
    event.preventDefault();
    verdict.textContent = "…";
    try {
      const id = ID.test(book.value.trim()) ? book.value.trim() : await idOf(book.value);
      if (!id) return (verdict.textContent = "No book has such a title, or it is not in the index.");
      show(await ask("/search/why-not", { query: [...asked(), ["book_id", id]] }));
    } catch (error) {
      verdict.textContent = inWords(error);
    }
  };
  const show = (said) =>
    verdict.replaceChildren(
      element("p", {}, element("strong", {}, said.title), said.shown ? " is there. " : " is not there. ", said.shown ? said.told : ""),
      element("ul", {}, present([...(said.reasons ?? []).map((reason) => reason.told), ...(said.because ?? [])]).map((line) => element("li", {}, line))),
      said.without ? element("p", {}, `Without that: ${said.without.told.replace(/^It/, "it")}`) : "",
    );
  return element(
    "section",
    { class: "card", "aria-labelledby": "why-not" },
    element("h2", { id: "why-not" }, "Why not this book?"),
    element("form", { class: "line", onsubmit: judge }, book, element("button", { class: "button", type: "submit" }, "Ask")),
    verdict,
  );
}

async function idOf(title) {
  const { results } = await ask("/search", { query: { q: title, size: 1, facets: "" } });
  return results[0]?.id;
}
