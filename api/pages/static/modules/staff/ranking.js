// One ranking: its weights, its books, and why each stands where it does.

import { element, present } from "../element.js";
import { bookHref } from "../route.js";

const PARTS = ["text", "popularity", "taste"];

export class Ranking {
  #weights = element("input", { type: "text", inputmode: "decimal", size: 12, maxlength: 40, pattern: "[0-9.]+,[0-9.]+,[0-9.]+" });
  #ruled = element("input", { type: "checkbox", checked: true });
  #list = element("ol", {});

  constructor(name, weights, changed) {
    this.#weights.value = weights;
    this.#weights.addEventListener("change", () => this.#weights.reportValidity() && changed());
    this.#ruled.addEventListener("change", changed);
    this.#list.setAttribute("aria-label", name);
    this.element = element(
      "section",
      { class: "ranking", "aria-label": name },
      element("h2", {}, name),
      element(
        "p",
        { class: "knobs" },
        element("label", {}, "Text, popularity, taste ", this.#weights),
        element("label", {}, this.#ruled, " with rules"),
      ),
      this.#list,
    );
  }

  /** Query parameters of the preview. */
  fields() {
    return [["weights", this.#weights.value.replaceAll(" ", "")], ["ruled", String(this.#ruled.checked)]];
  }

  /** act: called with an action, a book and its place; places: where each book stands beside. */
  show(answer, { act, places }) {
    this.#list.replaceChildren(
      ...answer.results.map((hit, place) => row(hit, place, { act, before: places && (places.get(hit.id) ?? null) })),
    );
    if (!answer.results.length) this.#list.replaceChildren(element("li", { class: "small" }, "No book."));
  }
}

function row(hit, place, { act, before }) {
  const button = (action, label, place) =>
    element("button", { class: "small-button", type: "button", onclick: () => act(action, hit, place) }, label);
  return element(
    "li",
    { class: "placed" },
    element(
      "p",
      {},
      element("span", { class: "place" }, String(place + 1)),
      element("a", { href: bookHref(hit.id), target: "_blank", rel: "noopener" }, hit.title),
      before !== undefined && moved(before, place),
    ),
    hit.authors.length ? element("p", { class: "small" }, hit.authors.map((author) => author.name).join(", ")) : "",
    hit.explain ? bar(hit) : "",
    hit.because &&
      element(
        "details",
        {},
        element("summary", {}, "Why here?"),
        element("ul", {}, hit.because.map((sentence) => element("li", {}, sentence))),
      ),
    element(
      "p",
      { class: "acts", role: "group", "aria-label": `Rules for ${hit.title}` },
      button("pin", "Pin first", 1),
      button("bury", "Bury"),
      button("hide", "Hide"),
    ),
  );
}

function moved(before, place) {
  if (before === place) return element("span", { class: "moved" }, "=");
  if (before === null) return element("span", { class: "moved" }, "new here");
  const steps = before - place;
  return element("span", { class: "moved" }, steps > 0 ? `▲ ${steps}` : `▼ ${-steps}`);
}

/** The score as a bar of its parts; in words for those who do not see it. */
function bar(hit) {
  const said = PARTS.filter((name) => hit.explain[name].weight)
    .map((name) => `${name} ${hit.explain[name].weight.toFixed(2)} × ${hit.explain[name].part.toFixed(3)}`)
    .join(" + ");
  const pieces = present(
    PARTS.map((name) => {
      const piece = element("span", { class: `part ${name}` });
      piece.style.inlineSize = `${(hit.explain[name].value * 100).toFixed(2)}%`;
      return piece;
    }),
  );
  return element(
    "div",
    { class: "score" },
    element("span", { class: "bar", "aria-hidden": "true" }, pieces),
    element("span", { class: "small" }, `${hit.score.toFixed(4)} = ${said}`),
  );
}
