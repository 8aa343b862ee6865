// The page's start: what stays is wired once, what changes follows the route.

import { accountButton } from "./account.js";
import { followLetters } from "./door/letters.js";
import { BookPage } from "./book-page.js";
import { FrontPage } from "./front-page.js";
import { ResultsPage } from "./results-page.js";
import { currentRoute, followLinks } from "./route.js";
import { searchBox } from "./search-box.js";
import { session } from "./session.js";
import { themeButton } from "./theme.js";

const PAGES = { front: FrontPage, results: ResultsPage, book: BookPage };
const main = document.querySelector("#main");
const box = searchBox(document.querySelector(".search-box"));
let page = null;

async function show({ quiet = true, scroll = null } = {}) {
  const route = currentRoute();
  const Page = PAGES[route.name];
  if (!(page instanceof Page)) {
    page?.leave();
    page = new Page(main);
  }
  box.follow(route);
  const shown = page.show(route);
  if (!quiet) main.focus({ preventScroll: true });
  if (scroll === 0) scrollTo(0, 0);
  await shown;
  if (scroll > 0) scrollTo(0, scroll);
}

themeButton(document.querySelector("#theme"));
accountButton(document.querySelector("#account"));
followLinks();
addEventListener("route", (event) => show(event.detail));
await session.restore();
followLetters();
await show({ scroll: history.state?.scroll ?? null });
