// Synonyms and rules: listed, written, taken away; the rankings follow at once.

import { ask, tell } from "../api.js";
import { element } from "../element.js";
import { inWords } from "../notice.js";
import { speak } from "../speech.js";

/** changed: called after each change; query: the one on the page. */
export function keeper({ changed, query }) {
  const synonyms = shelf("synonyms", "Synonyms", synonymLine, changed);
  const rules = shelf("rules", "Rules", ruleLine, changed);
  const terms = element("input", { type: "text", required: true, "aria-label": "Phrases, with commas", placeholder: "tv, television" });
  const targets = element("input", { type: "text", "aria-label": "One way to, with commas", placeholder: "one way to… (empty: both ways)" });
  synonyms.form(
    [terms, targets],
    () => ({ terms: split(terms.value), targets: split(targets.value) }),
  );
  rules.note("Rules are made at a book: pin, bury, hide, for exactly the query above.");

  async function act(action, book, position) {
    const draft = { query: query(), match: "exact", action, book_id: book.id };
    await rules.add(action === "pin" ? { ...draft, position } : draft, `${book.title}: ${action}`);
  }
  return { act, elements: [synonyms.element, rules.element] };
}

function synonymLine({ terms, targets }) {
  return targets.length ? `${terms.join(", ")} → ${targets.join(", ")}` : terms.join(" = ");
}

function ruleLine({ query, match, action, position }) {
  const done = { pin: `pin to place ${position}`, bury: "bury", hide: "hide" }[action];
  return `${done}, for ${match === "exact" ? "" : "words of "}“${query}”`;
}

function shelf(kind, name, line, changed) {
  const list = element("ul", { class: "kept", "aria-label": name });
  const fault = element("p", { class: "refused", role: "alert" });
  const made = element("section", { class: "card", "aria-label": name }, element("h2", {}, name), fault, list);

  async function change(work, said) {
    fault.textContent = "";
    try {
      await work();
      speak(said);
      await show();
      changed();
    } catch (error) {
      fault.textContent = inWords(error);
    }
  }
  async function show() {
    const { results } = await ask(`/search/${kind}`, { query: { size: 100 } });
    list.replaceChildren(...(await Promise.all(results.map(entry))));
    if (!results.length) list.replaceChildren(element("li", { class: "small" }, "None yet."));
  }
  async function entry(kept) {
    const text = element("span", {}, line(kept));
    if (kept.book_id) text.prepend(element("strong", {}, await titleOf(kept.book_id)), ": ");
    const away = () => change(() => tell(`/search/${kind}/${kept.id}`, undefined, { method: "DELETE", version: kept.version }), "Removed");
    return element("li", {}, text, element("button", { class: "small-button", type: "button", onclick: away, "aria-label": `Remove ${line(kept)}` }, "Remove"));
  }
  const add = (draft, said) => change(() => tell(`/search/${kind}`, draft), said);
  show().catch((error) => (fault.textContent = inWords(error)));
  return {
    element: made,
    add,
    note: (text) => fault.after(element("p", { class: "small" }, text)),
    form(inputs, draft) {
      const submit = async (event) => {
        event.preventDefault();
        await add(draft(), "Kept");
        if (!fault.textContent) event.target.reset();
      };
      fault.before(element("form", { class: "line", onsubmit: submit }, inputs, element("button", { class: "button", type: "submit" }, "Add")));
    },
  };
}

const titles = new Map();

async function titleOf(id) {
  if (!titles.has(id)) titles.set(id, ask(`/books/${id}`).then((book) => book.title, () => "a book that is hidden"));
  return titles.get(id);
}

function split(text) {
  return text.split(",").map((phrase) => phrase.trim()).filter(Boolean);
}
