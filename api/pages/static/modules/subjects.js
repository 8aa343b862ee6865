// The index at the back of the shop: every subject with its number of books.

import { ask } from "./api.js";
import { element } from "./element.js";
import { searchHref } from "./route.js";

/** Null where the index cannot be had: the shelves above it say why. */
export async function subjects(signal) {
  try {
    const { facets } = await ask("/search", { query: { size: 1, facets: "category" }, signal });
    const named = facets.categories.toSorted((a, b) => a.name.localeCompare(b.name));
    return named.length ? section(named) : null;
  } catch {
    return null;
  }
}

function section(named) {
  return element(
    "section",
    { class: "subjects", "aria-label": "Subjects" },
    element("h2", {}, "Subjects"),
    element("ul", {}, named.map(line)),
  );
}

function line({ name, count }) {
  return element(
    "li",
    {},
    element(
      "a",
      { href: searchHref({ category: name }) },
      element("span", {}, name),
      element("span", { class: "dots" }),
      element("span", { class: "number" }, count),
    ),
  );
}
