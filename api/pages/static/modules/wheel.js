// The wheel of books: eight desks that stay level while it turns.

import { authorNames } from "./byline.js";
import { cover } from "./cover.js";
import { element, unseen } from "./element.js";
import { icon } from "./icon.js";
import { price } from "./money.js";
import { bookHref } from "./route.js";

const DESKS = 8;
const SVG = "http://www.w3.org/2000/svg";

/** books: of a shelf; the first eight lie on the desks. Without any, the wheel stands empty. */
export function wheel(books) {
  const lying = books.slice(0, DESKS);
  const hub = element("div", { class: "hub", "aria-hidden": "true" });
  const desks = lying.map(desk);
  const made = element(
    "section",
    { class: "wheel", "aria-label": "The wheel of books" },
    element("div", { class: "rim" }, rim()),
    desks,
    hub,
    lying.length > 0 && element(
      "div",
      { class: "turners" },
      element("button", { class: "round", type: "button", onclick: () => turn(-1) }, icon("left"), unseen("Turn the wheel back")),
      element("button", { class: "round", type: "button", onclick: () => turn(1) }, icon("right"), unseen("Turn the wheel")),
    ),
  );
  let turned = 0;

  function desk(book, place) {
    const link = element(
      "a",
      { class: "desk", href: bookHref(book.id), onpointerenter: () => tell(book), onpointerleave: tellFront,
        onfocus: () => tell(book), onblur: tellFront },
      cover(book, { eager: true }),
      unseen(`${book.title}, ${authorNames(book)}`),
    );
    link.style.setProperty("--place", place);
    return link;
  }

  function turn(steps) {
    turned += steps;
    made.style.setProperty("--turn", `${-turned * (360 / DESKS)}deg`);
    tellFront();
  }

  function tellFront() {
    const front = ((turned % DESKS) + DESKS) % DESKS;
    desks.forEach((each, place) => each.classList.toggle("front-desk", place === front));
    if (lying[front]) tell(lying[front]);
  }

  function tell(book) {
    hub.replaceChildren(
      element("strong", {}, book.title),
      element("span", { class: "byline" }, authorNames(book)),
      element("span", { class: "price" }, price(book.price)),
    );
  }

  tellFront();
  return made;
}

/** Two rings, eight spokes and the teeth of the gear, as Ramelli drew them. */
function rim() {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "-100 -100 200 200");
  drawing.setAttribute("aria-hidden", "true");
  const shape = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    const all = { fill: "none", stroke: "currentColor", ...attributes };
    for (const [key, value] of Object.entries(all)) made.setAttribute(key, value);
    return made;
  };
  drawing.append(
    shape("circle", { r: 92, "stroke-width": 3.5 }),
    shape("circle", { r: 83, "stroke-width": 1.2 }),
    shape("circle", { r: 62, "stroke-width": 5, "stroke-dasharray": "2.6 2.8", opacity: 0.7 }),
    shape("circle", { r: 58.5, "stroke-width": 1.6 }),
  );
  for (let spoke = 0; spoke < DESKS * 2; spoke += 1) {
    const thick = spoke % 2 ? 1 : 3;
    drawing.append(shape("path", { d: "M0 -58V-92", "stroke-width": thick, transform: `rotate(${spoke * 22.5})` }));
  }
  return drawing;
}
