// Elements built from data; text only ever becomes text, never markup.

/**
 * properties: attributes by name; `on…` functions become listeners; null, undefined and false
 * are left out, true is an empty attribute. children: nodes, strings, numbers or arrays of these.
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value != null && value !== false) made.setAttribute(name, value);
  }
  made.append(...present(children));
  return made;
}

/** The children that are there, flat, as `append` and `replaceChildren` take them. */
export function present(children) {
  return children.flat(Infinity).filter((child) => child != null && child !== false && child !== "");
}

export function unseen(text) {
  return element("span", { class: "unseen" }, text);
}
