// The results: one search on the screen, kept in place while it changes.

import { ask } from "./api.js";
import { chips } from "./chips.js";
import { element, present } from "./element.js";
import { report } from "./events.js";
import { Facets } from "./facets.js";
import { find, waitingFind } from "./find.js";
import { hints } from "./hints.js";
import { icon } from "./icon.js";
import { Latest } from "./latest.js";
import { notice } from "./notice.js";
import { pages } from "./pages.js";
import { currentRoute, go, searchHref } from "./route.js";
import { session } from "./session.js";
import { sortChoice } from "./sort.js";
import { speak } from "./speech.js";
import { visitor } from "./visitor.js";
import { counted } from "./wording.js";

const FACETS = "category,price,rating,language,availability";

export class ResultsPage {
  #latest = new Latest();
  #listening = new AbortController();
  #heading = element("h1", {}, "Searching…");
  #sort = sortChoice(change);
  #hints = element("div", { class: "hints" });
  #facets = new Facets(change);
  #finds = element("div", { class: "finds" });
  #found;

  constructor(place) {
    const { element: facets } = this.#facets;
    const sieve = element(
      "button",
      {
        class: "button sieve",
        type: "button",
        "aria-expanded": "false",
        "aria-controls": "facets",
        onclick: () => sieve.setAttribute("aria-expanded", String(facets.classList.toggle("open"))),
      },
      icon("sieve"),
      "Narrow down",
    );
    const tools = element("div", { class: "found-tools" }, sieve, this.#sort.element);
    const head = element("header", { class: "found-head" }, this.#heading, tools);
    this.#found = element("div", { class: "found" }, head, this.#hints, facets, this.#finds);
    place.replaceChildren(this.#found);
    this.#finds.replaceChildren(...Array.from({ length: 6 }, waitingFind));
    const { signal } = this.#listening;
    session.addEventListener("change", () => this.show(currentRoute()), { signal });
    this.#finds.addEventListener("click", clicked, { signal });
  }

  async show({ search }) {
    const q = search.get("q") ?? "";
    document.title = `${q ? `“${q}”` : "Books"} · Bookwheel`;
    this.#sort.follow(search);
    const signal = this.#latest.next();
    this.#found.setAttribute("aria-busy", "true");
    try {
      const query = [...search, ["facets", FACETS], ["highlight", "true"]];
      const name = visitor();
      const answer = await ask("/search", { query, signal, headers: name ? { "x-visitor": name } : {} });
      if (!signal.aborted) this.#show(answer, search);
    } catch (error) {
      if (!signal.aborted) this.#fail(error, search);
    } finally {
      if (!signal.aborted) this.#found.removeAttribute("aria-busy");
    }
  }

  leave() {
    this.#latest.cancel();
    this.#listening.abort();
  }

  #show(answer, search) {
    const q = search.get("q") ?? "";
    const number = answer.count ? counted(answer.count, "book") : "Nothing";
    this.#heading.replaceChildren(...present([number, q && [" for ", element("q", {}, q)]]));
    this.#hints.replaceChildren(...hints(answer, search), chips(search));
    this.#facets.show(answer, search);
    this.#finds.replaceChildren(
      ...present([
        answer.results.length
          ? element("ol", { "aria-label": "Books" }, answer.results.map(find))
          : nothing(search),
        pages(answer, search),
        element("p", { class: "small took" }, `Found in ${(answer.took_us / 1000).toFixed(1)} ms`),
      ]),
    );
    speak(`${counted(answer.count, "book")} found`);
  }

  #fail(error, search) {
    this.#heading.textContent = "No answer";
    this.#hints.replaceChildren(chips(search));
    this.#facets.clear();
    this.#finds.replaceChildren(notice(error, () => this.show({ search })));
  }
}

/** A book that was chosen from the results says what the words were for. */
function clicked({ target }) {
  const link = target.closest?.("a[href]");
  const book = link && new URL(link.href).searchParams.get("book");
  const query = currentRoute().search?.get("q");
  if (!book || !query) return;
  report("search_click", { book_id: book, query: query.slice(0, 256) });
  report("search", { query: query.slice(0, 256) });
}

/** fields: the search to show next, from its first page. */
function change(fields) {
  fields.delete("page");
  go(searchHref(fields), { quiet: true });
}

function nothing(search) {
  const q = search.get("q");
  const narrowed = [...search.keys()].some((name) => !["q", "sort", "page"].includes(name));
  return element(
    "div",
    { class: "nothing" },
    element("h2", {}, "The shelf is bare."),
    element("p", {}, narrowed ? "No book passes all of these filters." : "No title, author or subject answers to these words."),
    element(
      "a",
      { class: "button", href: narrowed && q ? searchHref({ q }) : searchHref({ sort: "popular" }) },
      narrowed && q ? "Take the filters away" : "Browse everything",
    ),
  );
}
