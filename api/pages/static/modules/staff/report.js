// One experiment: what it tries, where it stands, its figures as pictures and as a table.

import { ask, tell } from "../api.js";
import { element, present } from "../element.js";
import { inWords } from "../notice.js";
import { speak } from "../speech.js";
import { counted } from "../wording.js";
import { course, standing } from "./lift.js";
import { inPoints, percent, points } from "./points.js";

const GOALS = { click: "Clicks", cart: "Into the cart", purchase: "Purchases" };
const PLACES = { recommended: "the recommended shelf", search: "search" };

/** changed: called when it was stopped; open: whether its results are asked for at once. */
export function report(experiment, { changed, open }) {
  const body = element("div", { class: "trial-body" });
  const state = element("span", { class: "state" }, experiment.stopped_at ? "stopped" : "runs");
  const fault = element("p", { class: "refused", role: "alert" });
  const box = element(
    "details",
    { class: "trial", open, "data-experiment": experiment.name },
    element("summary", {}, element("h2", {}, experiment.name), state),
    element("p", { class: "tries" }, tries(experiment)),
    body,
    fault,
    element("p", { class: "acts" }, button("Look again", look), experiment.stopped_at ? "" : button("Stop it", stop)),
  );
  let asked = false;

  async function look() {
    asked = true;
    fault.textContent = "";
    box.setAttribute("aria-busy", "true");
    try {
      const results = await ask(`/experiments/${experiment.id}/results`);
      state.textContent = inState(results);
      state.className = `state ${results.state}`;
      body.replaceChildren(...present(shown(results)));
    } catch (error) {
      fault.textContent = inWords(error);
    } finally {
      box.removeAttribute("aria-busy");
    }
  }
  async function stop() {
    try {
      await tell(`/experiments/${experiment.id}/stop`, {});
      speak(`${experiment.name} is stopped`);
      await changed();
    } catch (error) {
      fault.textContent = inWords(error);
    }
  }

  box.addEventListener("toggle", () => box.open && !asked && look());
  if (open) look();
  return box;
}

function button(label, onclick) {
  return element("button", { class: "small-button", type: "button", onclick }, label);
}

function tries({ surface, method, traffic, goal, variants, started_at, stopped_at }) {
  const named = variants.map((variant) => `“${variant.name}”${settings(variant)}`).join(method === "interleaved" ? " and " : " against ");
  const share = traffic < 1 ? ` for ${percent(traffic)} of the readers` : "";
  const how = method === "interleaved" ? "both in one list" : "each reader one of them";
  const time = stopped_at ? `${dated(started_at)} to ${dated(stopped_at)}` : `since ${dated(started_at)}`;
  return `On ${PLACES[surface]}${share}: ${named}, ${how}. Told by ${GOALS[goal].toLowerCase()}. ${time[0].toUpperCase()}${time.slice(1)}.`;
}

function settings({ mix, weights }) {
  if (mix) return ` (personal ${percent(mix.personal)}, sameness ${mix.sameness})`;
  if (weights) return ` (text, popularity, taste ${weights.join(" : ")})`;
  return "";
}

function inState({ state, experiment }) {
  if (state === "empty") return "nobody has seen it";
  if (state === "decided") return experiment.stopped_at ? "decided, stopped" : "decided";
  return state === "stopped" ? "stopped, undecided" : "running";
}

function shown(results) {
  const { experiment, comparisons, days } = results;
  if (!results.readers) return [element("p", { class: "plain-words" }, experiment.stopped_at ? "Nobody was shown it." : "Nobody has been shown it yet.")];
  const unit = experiment.method === "interleaved" ? "preference" : "share";
  const deciding = comparisons[experiment.goal];
  return [
    results.balanced ? "" : element("p", { class: "refused", role: "alert" }, `The variants did not get their shares of the readers (p ${results.balance.toExponential(1)}). Something else is broken: do not believe these figures.`),
    ...deciding.map((comparison) => element("p", { class: "verdict-line" }, verdict(comparison, results, unit))),
    ...deciding.map((comparison, place) => comparison.low !== null && [
      element("h3", {}, `${GOALS[experiment.goal]}: ${comparison.variant} less ${experiment.variants[0].name}, ${inUnit(unit)}`),
      course(
        days.map((look) => ({ day: look.day, comparison: look.comparisons[place] })),
        `${verdict(comparison, results, unit)} Its interval at the end of each of ${counted(days.length, "day")}.`,
        unit,
      ),
      standing(
        Object.keys(GOALS).map((goal) => ({ name: GOALS[goal], comparison: comparisons[goal][place], decides: goal === experiment.goal })),
        `${comparison.variant} less ${experiment.variants[0].name} by goal, with intervals; the same figures stand in the table.`,
        unit,
      ),
    ]),
    table(results, unit),
    daily(results, unit),
  ];
}

function inUnit(unit) {
  return unit === "share" ? "percentage points of the readers" : "preference from −1 to +1";
}

function verdict(comparison, { experiment, state }, unit) {
  const { variant, difference, low, high, decided } = comparison;
  const control = experiment.variants[0].name;
  if (low === null) return few(variant, unit);
  const told = `${inPoints(difference, unit)}, between ${points(low, unit)} and ${points(high, unit)}`;
  if (decided) return `“${variant}” is ${difference > 0 ? "better" : "worse"} than “${control}”: ${told}.`;
  const end = state === "stopped" ? "It was stopped before it was decided" : "It is not decided yet";
  return `${end}: “${variant}” ${told}.`;
}

function few(variant, unit) {
  const needed = unit === "share" ? "a hundred readers of each variant" : "a hundred readers who have chosen a book";
  return `Too few yet to say anything of “${variant}”: that takes ${needed}.`;
}

function table({ experiment, variants, comparisons }, unit) {
  const goals = Object.keys(GOALS);
  const cell = (variant, goal) => `${variant.reached[goal]} (${percent(variant.readers ? variant.reached[goal] / variant.readers : 0)})`;
  const lift = (name, goal) => {
    const found = comparisons[goal].find((each) => each.variant === name);
    if (!found) return "";
    if (found.low === null) return element("span", { class: "small" }, "too few yet");
    return element("span", { class: "small" }, `${points(found.difference, unit)} (${points(found.low, unit)} to ${points(found.high, unit)})`);
  };
  return element(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": "Figures" },
    element(
      "table",
      {},
      element("caption", {}, "Readers who did it at least once, as a share of those who were shown the variant"),
      element("thead", {}, element("tr", {}, ["Variant", "Readers", "Shown", ...goals.map((goal) => GOALS[goal])].map((name) => element("th", { scope: "col" }, name)))),
      element(
        "tbody",
        {},
        variants.map((variant) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, variant.name),
            element("td", {}, variant.readers),
            element("td", {}, variant.exposures),
            goals.map((goal) => element("td", {}, cell(variant, goal), lift(variant.name, goal))),
          ),
        ),
      ),
    ),
  );
}

function daily({ days, experiment }, unit) {
  const row = (look) =>
    look.comparisons.map((each) =>
      element("li", {}, `${look.day}: ${counted(look.readers, "reader")}, ${each.variant} ${each.low === null ? "too few yet" : `${points(each.difference, unit)} (${points(each.low, unit)} to ${points(each.high, unit)}), p ${each.p.toPrecision(2)}`}`),
    );
  return element("details", { class: "daily" }, element("summary", {}, `Day by day, ${GOALS[experiment.goal].toLowerCase()}`), element("ul", {}, days.map(row)));
}

function dated(moment) {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" }).format(new Date(moment));
}
