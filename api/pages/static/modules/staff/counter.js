// The counter: one query, two rankings of it, and all that steers them.

import { ask } from "../api.js";
import { element, present } from "../element.js";
import { Latest } from "../latest.js";
import { notice } from "../notice.js";
import { speak } from "../speech.js";
import { counted } from "../wording.js";
import { keeper } from "./keeper.js";
import { Ranking } from "./ranking.js";
import { whyNot } from "./why-not.js";

/** The nodes of the page. */
export function counter() {
  const latest = new Latest();
  const query = element("input", { name: "q", type: "text", inputmode: "search", maxlength: 256, "aria-label": "Query", placeholder: "A query as readers type it", spellcheck: "false" });
  const filters = element("input", { name: "filters", type: "text", "aria-label": "Filters", placeholder: "Filters, as category=Poetry&in_stock=true", spellcheck: "false" });
  const hints = element("div", { class: "hints", "aria-live": "polite" });
  const rankings = [new Ranking("As the shop ranks", "0.5,0.3,0.2", run), new Ranking("Compared with", "1,0,0", run)];
  const asked = () => [["q", query.value], ...new URLSearchParams(filters.value)];
  const rules = keeper({ changed: run, query: () => query.value });
  const why = whyNot(asked);

  async function run() {
    if (!query.value.trim()) return;
    const signal = latest.next();
    try {
      const answers = await Promise.all(
        rankings.map((ranking) =>
          ask("/search/preview", { query: [...asked(), ["explain", "true"], ["facets", ""], ["size", "10"], ...ranking.fields()], signal }),
        ),
      );
      const [first, second] = answers;
      const places = new Map(first.results.map((hit, place) => [hit.id, place]));
      rankings[0].show(first, { act: rules.act });
      rankings[1].show(second, { act: rules.act, places });
      hints.replaceChildren(...told(first));
      speak(`${counted(first.count, "book")} found`);
    } catch (error) {
      if (!signal.aborted) hints.replaceChildren(notice(error, run));
    }
  }

  const form = element(
    "form",
    {
      class: "ask",
      role: "search",
      onsubmit: (event) => {
        event.preventDefault();
        run();
      },
    },
    query,
    filters,
    element("button", { class: "button strong", type: "submit" }, "Search"),
  );
  return [
    form,
    hints,
    element("div", { class: "rankings" }, rankings.map((ranking) => ranking.element)),
    element("div", { class: "desk" }, why, ...rules.elements),
  ];
}

/** Corrections, synonyms, rules and parts left out, one line each. */
function told(answer) {
  const lines = [
    `${counted(answer.count, "book")} by the step “${answer.match}”, in ${(answer.took_us / 1000).toFixed(1)} ms.`,
    answer.did_you_mean && `Read as “${answer.did_you_mean}”.`,
    ...(answer.synonyms ?? []).map(({ term, target }) => `“${term}” also finds “${target}” by a synonym.`),
    answer.rules?.length > 0 && `${counted(answer.rules.length, "rule")} had a part in it.`,
    answer.dropped && `Left out for want of time: ${answer.dropped.join(", ")}.`,
  ];
  return present(lines.map((line) => line && element("p", {}, line)));
}
