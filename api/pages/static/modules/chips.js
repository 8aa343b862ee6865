// The filters that are on, each a link to the same search without it.

import { element, unseen } from "./element.js";
import { icon } from "./icon.js";
import { MANY, ONCE, searchHref } from "./route.js";
import { languageName } from "./wording.js";

const WORDS = {
  language: languageName,
  price_min: (value) => `from ${value}`,
  price_max: (value) => `up to ${value}`,
  rating_min: (value) => `${value} stars and more`,
  year_min: (value) => `since ${value}`,
  year_max: (value) => `until ${value}`,
  in_stock: (value) => (value === "true" ? "in stock" : "out of stock"),
};

export function chips(search) {
  const on = [...search].filter(([name]) => MANY.includes(name) || ONCE.includes(name));
  const kept = [...search].filter(([name]) => name === "q" || name === "sort");
  return element(
    "div",
    { class: "chips" },
    on.map((filter) => chip(search, filter)),
    on.length > 1 && element("a", { class: "chip all", href: searchHref(kept) }, "Clear all"),
  );
}

function chip(search, [name, value]) {
  const rest = [...search].filter(([n, v]) => n !== "page" && (n !== name || v !== value));
  const words = WORDS[name]?.(value) ?? value;
  return element("a", { class: "chip", href: searchHref(rest) }, unseen("Remove the filter: "), words, icon("close"));
}
