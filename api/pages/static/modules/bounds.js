// A price range of the reader's own.

import { element } from "./element.js";

/** low, high: decimal strings or null; pick(pairs of filter and value). */
export function bounds({ currency, low, high, pick }) {
  const field = (id, label, value) =>
    element("input", { id, "aria-label": `${label}, ${currency}`, placeholder: label, inputmode: "decimal", autocomplete: "off", value });
  const least = field("price-least", "from", low);
  const most = field("price-most", "to", high);
  const apply = () => {
    const given = [["price_min", amount(least)], ["price_max", amount(most)]];
    pick(given.filter(([, value]) => value));
  };
  for (const input of [least, most]) {
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") apply();
    });
  }
  return element(
    "div",
    { class: "bounds" },
    least,
    "–",
    most,
    element("button", { class: "button", type: "button", onclick: apply }, "Go"),
  );
}

/** "9,50 €" is 9.50; what is no amount is no bound. */
function amount(input) {
  return /\d+(?:[.,]\d+)?/.exec(input.value)?.[0].replace(",", ".") ?? "";
}
