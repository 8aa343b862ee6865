// Highlights of the search: HTML-safe text with <mark> around the hits, read without an HTML parser.

import { element, present } from "./element.js";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'" };

/** Nodes for a highlight; anything but <mark> stays the text it is. */
export function marked(highlight) {
  const pieces = highlight.split(/<mark>(.*?)<\/mark>/s);
  return present(
    pieces.map((piece, place) => (place % 2 ? element("mark", {}, plain(piece)) : plain(piece))),
  );
}

function plain(text) {
  return text.replace(/&(amp|lt|gt|quot|#x27|#39);/g, (_, name) => ENTITIES[name]);
}
