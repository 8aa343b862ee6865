// A form that starts an experiment: the shop as it is against one change.

import { tell } from "../api.js";
import { element } from "../element.js";
import { inWords } from "../notice.js";
import { speak } from "../speech.js";

const number = (name, value, { min = 0, max = 1, step = 0.05 } = {}) =>
  element("input", { name, type: "number", value, min, max, step, required: true, inputmode: "decimal" });
const choice = (name, options) =>
  element("select", { name }, options.map(([value, text]) => element("option", { value }, text)));
const labelled = (text, input) => element("label", {}, element("span", {}, text), input);

/** started: called when one was started. */
export function starter({ started }) {
  const fault = element("p", { class: "refused", role: "alert" });
  const surface = choice("surface", [["recommended", "the recommended shelf"], ["search", "search"]]);
  const knobs = {
    recommended: element("div", { class: "knob-row" }, labelled("Share of the reader’s own history", number("personal", 0.9)), labelled("Loss for being alike", number("sameness", 0.1))),
    search: element("div", { class: "knob-row", hidden: true }, ["text", "popularity", "taste"].map((name, place) => labelled(`Weight of ${name}`, number(name, [0.7, 0.2, 0.1][place])))),
  };
  surface.addEventListener("change", () => {
    for (const [name, row] of Object.entries(knobs)) row.hidden = name !== surface.value;
  });
  const form = element(
    "form",
    { class: "starter", onsubmit: submit },
    labelled("Name", element("input", { name: "name", required: true, maxlength: 63, pattern: "[a-z0-9][a-z0-9 \\-]*", title: "small letters, digits, spaces and hyphens", spellcheck: "false" })),
    labelled("Where", surface),
    labelled("How", choice("method", [["split", "each reader sees one"], ["interleaved", "both in one list"]])),
    labelled("Told by", choice("goal", [["click", "clicks"], ["cart", "books put into the cart"], ["purchase", "purchases"]])),
    labelled("Share of the readers", number("traffic", 1, { min: 0.01, step: 0.01 })),
    ...Object.values(knobs),
    element("button", { class: "button strong", type: "submit" }, "Start"),
  );

  async function submit(event) {
    event.preventDefault();
    fault.textContent = "";
    const told = new FormData(form);
    const value = (name) => Number(told.get(name));
    const change = surface.value === "search" ? { weights: [value("text"), value("popularity"), value("taste")] } : { mix: { personal: value("personal"), sameness: value("sameness") } };
    const variants = [{ name: "as is", share: 0.5 }, { name: "changed", share: 0.5, ...change }];
    const draft = { name: told.get("name").trim(), surface: surface.value, method: told.get("method"), goal: told.get("goal"), traffic: value("traffic"), variants };
    try {
      await tell("/experiments", draft);
      speak(`${draft.name} has started`);
      form.reset();
      surface.dispatchEvent(new Event("change"));
      box.open = false;
      await started();
    } catch (error) {
      fault.textContent = inWords(error);
    }
  }
  const box = element("details", { class: "card" }, element("summary", {}, "Start an experiment"), form, fault);
  return box;
}
