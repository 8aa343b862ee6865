// What to know about a search beside its books: another spelling, a relaxed match.

import { element } from "./element.js";
import { searchHref } from "./route.js";

const RELAXED = {
  most: "These hold most of your words.",
  any: "No book holds all of your words; these hold at least one.",
};

/** Paragraphs, none where there is nothing to say. */
export function hints({ did_you_mean: meant, match, count }, search) {
  const q = search.get("q") ?? "";
  const said = [];
  if (meant) {
    const fields = new URLSearchParams(search);
    fields.set("q", meant);
    fields.delete("page");
    said.push(element("p", {}, "Did you mean ", element("a", { href: searchHref(fields) }, meant), "?"));
  }
  if (count && RELAXED[match] && q.trim().includes(" ")) {
    said.push(element("p", { class: "small" }, RELAXED[match]));
  }
  return said;
}
