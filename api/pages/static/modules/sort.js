// The order of the results.

import { element } from "./element.js";
import { currentRoute } from "./route.js";

const ORDERS = [
  ["relevance", "Best match"],
  ["popular", "Most popular"],
  ["rating", "Best rated"],
  ["date", "Newest first"],
  ["price_asc", "Price, low to high"],
  ["price_desc", "Price, high to low"],
];

/** change(fields): called with the search in its new order. */
export function sortChoice(change) {
  const select = element(
    "select",
    { id: "sort" },
    ORDERS.map(([value, text]) => element("option", { value }, text)),
  );
  select.addEventListener("change", () => {
    const { search } = currentRoute();
    search.delete("sort");
    if (select.value !== ORDERS[0][0]) search.set("sort", select.value);
    change(search);
  });
  return {
    element: element("label", { class: "sort" }, "Sort by ", select),
    follow(search) {
      select.value = search.get("sort") ?? ORDERS[0][0];
    },
  };
}
