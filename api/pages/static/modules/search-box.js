// The search box: answers while a person types, suggestions by arrow keys (ARIA combobox).

import { ask } from "./api.js";
import { element } from "./element.js";
import { report } from "./events.js";
import { Latest } from "./latest.js";
import { bookHref, currentRoute, go, searchHref } from "./route.js";

const PAUSE_MS = 120;

/** Returns what keeps the box in step with the address: {follow(route)}. */
export function searchBox(form) {
  const input = form.querySelector("input");
  const clear = form.querySelector(".search-clear");
  const list = form.querySelector("[role=listbox]");
  const latest = new Latest();
  let offered = [];
  let chosen = -1;
  let pause = 0;

  input.addEventListener("input", (event) => {
    clear.hidden = !input.value;
    if (event.isComposing) return; // half a Chinese syllable is no question yet
    clearTimeout(pause);
    pause = setTimeout(typed, PAUSE_MS);
  });
  input.addEventListener("compositionend", () => input.dispatchEvent(new InputEvent("input")));
  input.addEventListener("keydown", pressed);
  input.addEventListener("blur", close);
  clear.addEventListener("click", () => {
    write("");
    input.focus();
    typed();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(pause);
    close();
    asked();
  });
  addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, textarea, select, dialog");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writing) return;
    event.preventDefault();
    input.select();
  });

  function typed() {
    search();
    suggest();
  }

  /** The results follow the typing: the first letter opens them, the others replace them. */
  function search() {
    const route = currentRoute();
    const q = input.value.trim();
    const fields = new URLSearchParams(route.name === "results" ? route.search : []);
    if ((fields.get("q") ?? "") === q && route.name === "results") return;
    if (!q && route.name !== "results") return;
    fields.delete("page");
    fields.delete("q");
    if (q) fields.set("q", q);
    go(q || fields.size ? searchHref(fields) : "/", { replace: route.name === "results", quiet: true });
    if (scrollY > 0) scrollTo(0, 0);
  }

  /** A question that is meant, not one that is still being typed. */
  function asked() {
    const query = input.value.trim();
    if (query) report("search", { query });
    search();
  }

  async function suggest() {
    const signal = latest.next();
    const q = input.value.trim();
    if (q.length < 2) return close();
    try {
      const found = await ask("/search/autocomplete", { query: { q }, signal });
      if (!signal.aborted && document.activeElement === input) open(found, q);
    } catch {
      if (!signal.aborted) close(); // the results say what is wrong
    }
  }

  function open(found, q) {
    if (found.length && !list.hidden && same(found, offered)) return; // a choice stays chosen
    offered = found;
    chosen = -1;
    list.replaceChildren(...found.map((each, place) => option(each, place, q)));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  }

  function close() {
    latest.cancel();
    open([], "");
  }

  function option(each, place, q) {
    return element(
      "li",
      {
        id: `suggestion-${place}`,
        role: "option",
        "aria-selected": "false",
        onpointerdown: (event) => event.preventDefault(), // the input keeps the focus
        onclick: () => take(place),
      },
      element("span", {}, typedPart(each.text, q)),
      each.type !== "title" && element("i", {}, each.type === "author" ? "author" : "often asked"),
    );
  }

  function pressed(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && offered.length) {
      event.preventDefault();
      choose(step);
    } else if (step === 1) {
      event.preventDefault();
      suggest();
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (list.hidden && input.value) clear.click();
      else close();
    }
  }

  /** The arrows go round, by way of the text that was typed. */
  function choose(step) {
    const places = offered.length + 1;
    chosen = ((chosen + 1 + step + places) % places) - 1;
    [...list.children].forEach((each, place) => each.setAttribute("aria-selected", String(place === chosen)));
    if (chosen < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  }

  function take(place) {
    const { type, id, text } = offered[place];
    clearTimeout(pause);
    close();
    if (type === "author") {
      write("");
      return go(searchHref({ author: text }));
    }
    if (type === "query") {
      write(text);
      return asked();
    }
    go(bookHref(id));
  }

  function write(text) {
    input.value = text;
    clear.hidden = !text;
  }

  return {
    follow(route) {
      const q = route.search?.get("q") ?? "";
      if (route.name === "results" && q !== input.value.trim()) write(q);
      if (route.name === "front" && document.activeElement !== input) write("");
    },
  };
}

function same(one, other) {
  return one.length === other.length && one.every((each, place) => each.text === other[place].text);
}

/** What was typed, where it stands in the suggestion, in bold. */
function typedPart(text, q) {
  const at = text.toLowerCase().indexOf(q.toLowerCase());
  if (at < 0) return text;
  const end = at + q.length;
  return [text.slice(0, at), element("b", {}, text.slice(at, end)), text.slice(end)];
}
