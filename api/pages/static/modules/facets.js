// The facets beside the results: what is chosen, what could be, and how many books each leaves.

import { element } from "./element.js";
import { checks, pickOne } from "./choices.js";
import { bounds } from "./bounds.js";
import { justBelow, roundPrice } from "./money.js";
import { starRow } from "./stars.js";
import { languageName } from "./wording.js";

export class Facets {
  #change;
  #open = new Set();

  /** change(fields): called with the search as it is after a choice. */
  constructor(change) {
    this.#change = change;
    this.element = element("form", { class: "facets", id: "facets", "aria-label": "Narrow down" });
    this.element.addEventListener("submit", (event) => event.preventDefault());
  }

  show({ facets, results }, search) {
    const focused = this.element.contains(document.activeElement) ? document.activeElement.id : null;
    const currency = results[0]?.price.currency ?? this.currency ?? "EUR";
    this.currency = currency;
    this.element.replaceChildren(
      ...[
        this.#named("category", "Subject", facets.categories, (name) => name, search),
        this.#price(facets.price_ranges, currency, search),
        this.#rating(facets.ratings, search),
        this.#named("language", "Language", facets.languages, languageName, search),
        this.#availability(facets.availability, search),
      ].filter(Boolean),
    );
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  clear() {
    this.element.replaceChildren();
  }

  #named(name, title, values, word, search) {
    const chosen = search.getAll(name);
    const known = new Set(values.map((value) => value.name));
    const gone = chosen.filter((each) => !known.has(each)).map((each) => ({ name: each, count: 0 }));
    const all = [...gone, ...values];
    if (!all.length) return null;
    const toggle = (value, on) => {
      const fields = new URLSearchParams([...search].filter(([n, v]) => n !== name || v !== value));
      if (on) fields.append(name, value);
      this.#change(fields);
    };
    const choices = all.map(({ name: value, count }) => ({ value, word: word(value), count, on: chosen.includes(value) }));
    return facet(title, checks({ name, choices, toggle, open: this.#open }));
  }

  #price(ranges, currency, search) {
    const pick = (value) => this.#replace(search, ["price_min", "price_max"], value);
    const choices = ranges.map(({ from, to, count }) => {
      const value = [from && ["price_min", String(from)], to && ["price_max", justBelow(to, currency)]].filter(Boolean);
      const word = !from
        ? `Under ${roundPrice(to, currency)}`
        : to
          ? `${roundPrice(from, currency)} to ${roundPrice(to, currency)}`
          : `${roundPrice(from, currency)} and more`;
      return { value, word, count, on: matches(search, ["price_min", "price_max"], value) };
    });
    return facet(
      "Price",
      pickOne({ name: "price", any: "Any price", choices, pick }),
      bounds({ currency, low: search.get("price_min"), high: search.get("price_max"), pick }),
    );
  }

  #rating(ratings, search) {
    const pick = (value) => this.#replace(search, ["rating_min"], value);
    const choices = [4, 3, 2].map((least) => ({
      value: [["rating_min", String(least)]],
      word: [starRow(least), element("span", { class: "unseen" }, `${least} stars`), " and more"],
      count: ratings.reduce((sum, { rating, count }) => (rating >= least ? sum + count : sum), 0),
      on: search.get("rating_min") === String(least),
    }));
    return facet("Rating", pickOne({ name: "rating", any: "Any rating", choices, pick }));
  }

  #availability(values, search) {
    const count = values.find((value) => value.in_stock)?.count ?? 0;
    const choices = [{ value: "true", word: "In stock", count, on: search.get("in_stock") === "true" }];
    const toggle = (value, on) => this.#replace(search, ["in_stock"], on ? [["in_stock", value]] : []);
    return facet("Availability", checks({ name: "in_stock", choices, toggle, open: this.#open }));
  }

  /** The search with these names' values replaced by those of the pairs. */
  #replace(search, names, pairs) {
    this.#change(new URLSearchParams([...[...search].filter(([name]) => !names.includes(name)), ...pairs]));
  }
}

function facet(title, ...children) {
  return element("fieldset", { class: "facet" }, element("legend", {}, title), children);
}

function matches(search, names, pairs) {
  const given = new Map(pairs);
  return names.every((name) => (search.get(name) ?? undefined) === given.get(name));
}
