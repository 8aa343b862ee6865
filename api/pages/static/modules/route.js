// Where the reader is: the address bar holds all of it, so every page can be shared and reloaded.

/** Filters that may stand several times in an address, and those that stand once. */
export const MANY = ["category", "author", "language", "series", "publisher"];
export const ONCE = ["price_min", "price_max", "rating_min", "year_min", "year_max", "in_stock"];
const SEARCH = ["q", "sort", "page", ...MANY, ...ONCE];

/** {name: "front" | "results" | "book", id?, search?: URLSearchParams of search fields alone}. */
export function currentRoute() {
  const given = new URLSearchParams(location.search);
  if (given.get("book")) return { name: "book", id: given.get("book") };
  const search = new URLSearchParams([...given].filter(([name]) => SEARCH.includes(name)));
  return search.size || given.has("q") ? { name: "results", search } : { name: "front" };
}

export function bookHref(id) {
  return `/?book=${encodeURIComponent(id)}`;
}

/** fields: URLSearchParams, or what makes one. An empty search still lists every book. */
export function searchHref(fields) {
  const search = new URLSearchParams(fields);
  if (!search.size) search.set("q", "");
  return `/?${search}`;
}

/** replace: do not add to the history; quiet: leave focus and scroll where they are. */
export function go(href, { replace = false, quiet = false } = {}) {
  rememberScroll();
  if (replace) history.replaceState(history.state, "", href);
  else history.pushState({ scroll: 0, inside: true }, "", href);
  announceRoute({ quiet, scroll: quiet ? null : 0 });
}

/** Links of this page change the view in place; everything else is left to the browser. */
export function followLinks() {
  history.scrollRestoration = "manual";
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!link || !plain || event.defaultPrevented || link.target) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname !== "/" || url.hash) return;
    event.preventDefault();
    go(url.pathname + url.search);
  });
  addEventListener("popstate", (event) => {
    if (!(event instanceof PopStateEvent)) return;
    announceRoute({ quiet: false, scroll: event.state?.scroll ?? 0 });
  });
  addEventListener("pagehide", rememberScroll);
}

/** Back to where the reader came from, or to the front page if that was another site. */
export function goBack() {
  if (history.state?.inside) history.back();
  else go("/");
}

function rememberScroll() {
  history.replaceState({ ...history.state, scroll: scrollY }, "");
}

function announceRoute(detail) {
  dispatchEvent(new CustomEvent("route", { detail }));
}
