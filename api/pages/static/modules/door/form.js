// A form of the door: fields with labels, what is wrong beside them, busy while it waits.

import { Problem } from "../api.js";
import { element } from "../element.js";
import { inWords } from "../notice.js";

let made = 0;

/**
 * fields: {name, label, hint, …attributes of the input}. send(values): may reject with a Problem,
 * whose faults are shown at their fields. Gives the <form>.
 */
export function form({ fields = [], submit, send, extra = [] }) {
  made += 1;
  const refused = element("p", { class: "refused", role: "alert" });
  const button = element("button", { class: "button strong", type: "submit" }, submit);
  const inputs = fields.map((each) => field(each, `door-${made}-${each.name}`));
  const whole = element(
    "form",
    { class: "by-hand", onsubmit: submitted },
    inputs.map((each) => each.element),
    refused,
    element("div", { class: "door-row" }, button, extra),
  );

  async function submitted(event) {
    event.preventDefault();
    if (whole.getAttribute("aria-busy")) return;
    refused.textContent = "";
    for (const each of inputs) each.fault("");
    busy(true);
    try {
      await send(Object.fromEntries(inputs.map((each) => [each.name, each.input.value])));
    } catch (error) {
      told(error);
    } finally {
      busy(false);
    }
  }

  /** What is typed stays, and the button keeps its place and the focus. */
  function busy(is) {
    if (is) whole.setAttribute("aria-busy", "true");
    else whole.removeAttribute("aria-busy");
    button.textContent = is ? "One moment …" : submit;
  }

  function told(error) {
    const faults = error instanceof Problem ? error.faults : [];
    const wrong = inputs.filter((each) => {
      const fault = faults.find(({ pointer }) => pointer === `/${each.name}`);
      if (fault) each.fault(`This ${fault.detail}.`);
      return fault;
    });
    if (wrong.length) wrong[0].input.focus();
    else refused.textContent = inWords(error);
  }

  return whole;
}

function field({ name, label, hint, ...attributes }, id) {
  const fault = element("span", { class: "refused", id: `${id}-fault` }); // focus goes there, and reads it
  const described = [hint && `${id}-hint`, `${id}-fault`].filter(Boolean).join(" ");
  const input = element("input", { id, name, "aria-describedby": described, ...attributes });
  return {
    name,
    input,
    element: element(
      "div",
      { class: "door-field" },
      element("label", { for: id }, label),
      input,
      hint && element("span", { class: "hint", id: `${id}-hint` }, hint),
      fault,
    ),
    fault(text) {
      fault.textContent = text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
  };
}

/** A button that looks like a link, for ways to another view. */
export function way(text, onclick) {
  return element("button", { class: "door-way", type: "button", onclick }, text);
}

/** A button with an act of its own: busy while it waits, what went wrong beneath it. */
export function act(text, onclick, { strong = false } = {}) {
  const place = element("div", {});
  let refused = null;
  const button = element("button", { class: strong ? "button strong" : "button", type: "button" }, text);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy")) return;
    refused?.remove();
    button.setAttribute("aria-busy", "true");
    try {
      await onclick();
    } catch (error) {
      refused = element("p", { class: "refused", role: "alert" }, inWords(error));
      place.append(refused);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  place.append(button);
  return place;
}
