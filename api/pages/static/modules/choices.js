// Choices with a count beside each: boxes to tick, or one of several.

import { element } from "./element.js";

const SHOWN = 8;

/**
 * choices: {value, word, count, on}; toggle(value, on); open: names of the lists shown in full,
 * kept by the caller from one drawing to the next.
 */
export function checks({ name, choices, toggle, open }) {
  const full = open.has(name) || choices.length <= SHOWN + 1;
  const list = element(
    "div",
    {},
    choices.map((choice, place) => {
      const row = line("checkbox", name, place, choice, (on) => toggle(choice.value, on));
      row.hidden = !full && place >= SHOWN && !choice.on;
      return row;
    }),
  );
  if (full) return list;
  const more = element(
    "button",
    { class: "more", type: "button", id: `more-${name}`, onclick: reveal },
    `${choices.length - SHOWN} more`,
  );
  function reveal() {
    open.add(name);
    const rest = [...list.children].filter((row) => row.hidden);
    for (const row of rest) row.hidden = false;
    rest[0]?.querySelector("input").focus();
    more.remove();
  }
  return [list, more];
}

/** any: the words for no choice; pick(value), with [] for no choice. */
export function pickOne({ name, any, choices, pick }) {
  const none = { word: any, on: !choices.some((choice) => choice.on), value: [] };
  return element(
    "div",
    {},
    [none, ...choices].map((choice, place) => line("radio", name, place, choice, () => pick(choice.value))),
  );
}

function line(type, name, place, { word, count, on, value }, changed) {
  return element(
    "label",
    { class: count === 0 && !on ? "choice empty" : "choice" },
    element("input", {
      type,
      name: `facet-${name}`,
      id: `facet-${name}-${typeof value === "string" ? value : place}`,
      checked: on,
      onchange: (event) => changed(event.target.checked),
    }),
    element("span", {}, word),
    count != null && element("span", { class: "number" }, count),
  );
}
