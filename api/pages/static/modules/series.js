// The place of a book in its series, with the way to the others.

import { element } from "./element.js";
import { searchHref } from "./route.js";

/** Null for a book that stands alone. */
export function seriesLine({ series }) {
  if (!series) return null;
  return element(
    "p",
    { class: "series" },
    series.position == null ? "Part of " : `Book ${series.position} of `,
    element("a", { href: searchHref({ series: series.name }) }, series.name),
  );
}
