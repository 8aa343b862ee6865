// Pictures of a comparison: how its interval narrowed day by day, and how all goals stand.

import { points } from "./points.js";

const SVG = "http://www.w3.org/2000/svg";
const SIDE = { left: 62, right: 14, top: 14, bottom: 30 };
const ROW = 54;

/** looks: [{day, readers, comparison}]; said: the picture in words. Redrawn at every width. */
export function course(looks, said, unit) {
  return drawn(said, (width) => courseAt(width, looks, unit));
}

/** rows: [{name, comparison, decides}]. */
export function standing(rows, said, unit) {
  return drawn(said, (width) => standingAt(width, rows, unit));
}

function drawn(said, draw) {
  const place = document.createElement("div");
  place.className = "picture";
  let before = 0;
  const watch = new ResizeObserver(() => {
    const width = Math.max(280, Math.round(place.clientWidth));
    if (width === before) return;
    before = width;
    const { height, marks } = draw(width);
    const picture = node("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": said });
    picture.append(...marks);
    place.replaceChildren(picture);
  });
  watch.observe(place);
  return place;
}

function courseAt(width, looks, unit) {
  const height = 240;
  const told = looks.filter(({ comparison }) => comparison.low !== null);
  const scale = vertical(told.map(({ comparison }) => comparison), height);
  const step = looks.length > 1 ? (width - SIDE.left - SIDE.right) / (looks.length - 1) : 0;
  const x = new Map(looks.map((look, place) => [look.day, SIDE.left + (looks.length > 1 ? place * step : (width - SIDE.left - SIDE.right) / 2)]));
  const at = (look, name) => `${x.get(look.day).toFixed(1)},${scale(look.comparison[name]).toFixed(1)}`;
  const marks = [...levels(scale, width, unit), ...days(looks, x, width, height)];
  if (told.length > 1) {
    const band = [...told.map((look) => at(look, "high")), ...told.toReversed().map((look) => at(look, "low"))];
    marks.push(node("polygon", { class: "band", points: band.join(" ") }));
    marks.push(node("polyline", { class: "course", points: told.map((look) => at(look, "difference")).join(" ") }));
  }
  const last = told.at(-1);
  if (last) {
    const [cx, cy] = at(last, "difference").split(",");
    marks.push(node("line", { class: "whisker", x1: cx, x2: cx, y1: scale(last.comparison.low), y2: scale(last.comparison.high) }));
    marks.push(node("circle", { class: "now", cx, cy, r: 5 }));
  }
  return { height, marks };
}

function standingAt(width, rows, unit) {
  const height = rows.length * ROW + 34;
  const left = 12;
  const told = rows.filter(({ comparison }) => comparison.low !== null).map(({ comparison }) => comparison);
  const reach = furthest(told);
  const middle = width / 2;
  const x = (value) => middle + (value / reach) * (width / 2 - left);
  const marks = [
    node("line", { class: "zero", x1: middle, x2: middle, y1: 4, y2: rows.length * ROW + 4 }),
    text(points(-reach, unit), { x: left, y: height - 8 }),
    text("no difference", { x: middle, y: height - 8, "text-anchor": "middle" }),
    text(points(reach, unit), { x: width - left, y: height - 8, "text-anchor": "end" }),
  ];
  rows.forEach(({ name, comparison, decides }, place) => {
    const y = place * ROW + 36;
    marks.push(text(name, { x: left, y: y - 12, class: decides ? "decides" : "beside" }));
    if (comparison.low === null) {
      marks.push(text("too few readers yet", { x: middle, y: y + 5, "text-anchor": "middle" }));
      return;
    }
    const look = decides ? "decides" : "beside";
    marks.push(node("line", { class: `whisker ${look}`, x1: x(comparison.low), x2: x(comparison.high), y1: y, y2: y }));
    marks.push(node("circle", { class: `now ${look}`, cx: x(comparison.difference), cy: y, r: 5 }));
  });
  return { height, marks };
}

/** A function from values to heights, with 0 in sight. */
function vertical(comparisons, height) {
  const reach = furthest(comparisons.slice(-Math.ceil(comparisons.length * 0.8)));
  const middle = SIDE.top + (height - SIDE.top - SIDE.bottom) / 2;
  const half = (height - SIDE.top - SIDE.bottom) / 2;
  const scale = (value) => middle - (Math.max(-reach, Math.min(reach, value)) / reach) * half;
  scale.reach = reach;
  return scale;
}

/** The first intervals are wide; later ones set the scale. */
function furthest(comparisons) {
  const ends = comparisons.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]);
  return ends.length ? Math.max(...ends) * 1.05 : 1;
}

function levels(scale, width, unit) {
  return [scale.reach, 0, -scale.reach].flatMap((value) => [
    node("line", { class: value ? "level" : "zero", x1: SIDE.left, x2: width - SIDE.right, y1: scale(value), y2: scale(value) }),
    text(points(value, unit), { x: SIDE.left - 8, y: scale(value) + 4, "text-anchor": "end" }),
  ]);
}

function days(looks, x, width, height) {
  const y = height - 8;
  if (looks.length === 1) return [text(dated(looks[0].day), { x: x.get(looks[0].day), y, "text-anchor": "middle" })];
  return [
    text(dated(looks[0].day), { x: SIDE.left, y }),
    text(dated(looks.at(-1).day), { x: width - SIDE.right, y, "text-anchor": "end" }),
  ];
}

function dated(day) {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(day));
}

function text(words, attributes) {
  const made = node("text", attributes);
  made.textContent = words;
  return made;
}

function node(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
