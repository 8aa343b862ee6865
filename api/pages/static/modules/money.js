// Prices: minor units and a currency, as readers write them.

const formats = new Map();

export function price({ amount_minor: amount, currency }) {
  return format(currency).format(amount / 10 ** digits(currency));
}

/** whole: units of the currency, not minor ones; shown without a fraction. */
export function roundPrice(whole, currency) {
  return format(currency, 0).format(whole);
}

/** The largest decimal string below `whole`: ranges are half-open, filters are not. */
export function justBelow(whole, currency) {
  const places = digits(currency);
  return (whole - 10 ** -places).toFixed(places);
}

function digits(currency) {
  return format(currency).resolvedOptions().maximumFractionDigits;
}

function format(currency, fraction) {
  const key = `${currency}${fraction}`;
  if (!formats.has(key)) {
    const style = { style: "currency", currency, maximumFractionDigits: fraction };
    formats.set(key, new Intl.NumberFormat("en", style));
  }
  return formats.get(key);
}
