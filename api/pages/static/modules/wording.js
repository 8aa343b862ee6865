// Facts in words: languages, dates, counts, stock.

const languages = new Intl.DisplayNames("en", { type: "language", fallback: "code" });
const numbers = new Intl.NumberFormat("en");

export function languageName(code) {
  try {
    return languages.of(code);
  } catch {
    return code; // not every catalogue writes BCP 47
  }
}

export function counted(number, singular, plural = `${singular}s`) {
  return `${numbers.format(number)} ${number === 1 ? singular : plural}`;
}

/** published: "1813", "1813-01", "1813-01-28", "-0700". */
export function when(published) {
  const parts = /^(-?)(\d+)(?:-(\d\d))?(?:-(\d\d))?$/.exec(published);
  if (!parts) return published;
  const [, before, digits, month, day] = parts;
  if (before || !month) return `${Number(digits)}${before ? " BC" : ""}`;
  const date = new Date(Date.UTC(2000, month - 1, day ?? 1));
  date.setUTCFullYear(digits);
  const options = { year: "numeric", month: "long", day: day && "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat("en-GB", options).format(date);
}

export function year(published) {
  return published ? when(published.replace(/(?<=\d)-.*/, "")) : "";
}

/** How a copy can be had, with the class that colours it. */
export function stock({ stock: copies, status }) {
  if (status === "preorder") return { text: "Not yet published", look: "few" };
  if (status === "out_of_print") return { text: "Out of print", look: "none" };
  if (copies === 0) return { text: "Out of stock", look: "none" };
  if (copies <= 3) return { text: copies === 1 ? "The last copy" : `The last ${copies} copies`, look: "few" };
  return { text: "In stock", look: "some" };
}
