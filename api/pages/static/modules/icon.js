// Icons, by their name in icons.svg.

const SVG = "http://www.w3.org/2000/svg";

export function icon(name, className = "icon") {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", className);
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/assets/icons.svg#${name}`);
  drawing.append(use);
  return drawing;
}
