// The proof that a request comes from our page, and with it, whether somebody is signed in here.
// Tokens are in cookies that no script can read; this one it can, and repeats.

const NAMES = ["__Host-bookwheel-csrf", "bookwheel-csrf"];

/** null where nobody is signed in. */
export function proof() {
  for (const part of document.cookie.split("; ")) {
    const [name, value] = part.split("=");
    if (NAMES.includes(name)) return value;
  }
  return null;
}

/** The header that carries it. */
export function proved() {
  const value = proof();
  return value ? { "x-csrf-token": value } : {};
}
