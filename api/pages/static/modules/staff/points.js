// Differences in words: of shares in percentage points, of preferences as they are.

/** unit: "share" or "preference". */
export function points(value, unit) {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "";
  const size = Math.abs(value);
  return unit === "share" ? `${sign}${(size * 100).toFixed(size < 0.0995 ? 2 : 1)}` : `${sign}${size.toFixed(2)}`;
}

/** With its unit, for sentences. */
export function inPoints(value, unit) {
  return unit === "share" ? `${points(value, unit)} points` : points(value, unit);
}

export function percent(share) {
  return `${(share * 100).toFixed(share < 0.0995 ? 2 : 1)} %`;
}
