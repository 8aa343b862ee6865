// The pages of the results; the server lists up to 10,000 books page by page.

import { element, unseen } from "./element.js";
import { searchHref } from "./route.js";

const LARGEST_WINDOW = 10_000;

/** Null where one page holds everything. */
export function pages({ count, page, size }, search) {
  const last = Math.min(Math.ceil(count / size), Math.floor(LARGEST_WINDOW / size));
  if (last < 2) return null;
  const link = (number, ...children) => {
    const fields = new URLSearchParams(search);
    fields.set("page", number);
    return element("a", { href: searchHref(fields) }, children);
  };
  const numbers = [...new Set([1, page - 1, page, page + 1, last])]
    .filter((number) => number >= 1 && number <= last)
    .sort((a, b) => a - b);
  return element(
    "nav",
    { class: "pages", "aria-label": "Pages" },
    page > 1 && link(page - 1, "Previous"),
    numbers.map((number, place) => [
      place > 0 && number - numbers[place - 1] > 1 && element("span", {}, "…"),
      number === page
        ? element("span", { "aria-current": "page" }, unseen("Page "), number)
        : link(number, unseen("Page "), number),
    ]),
    page < last && link(page + 1, "Next"),
  );
}
