// Experiments: what is tried on readers, what came of it, and a form to try something else.

import { ask } from "../api.js";
import { element } from "../element.js";
import { notice } from "../notice.js";
import { report } from "./report.js";
import { starter } from "./starter.js";

/** The nodes of the page. */
export function experiments() {
  const list = element("div", { class: "trials", "aria-live": "polite" });

  async function show() {
    list.setAttribute("aria-busy", "true");
    try {
      const { results } = await ask("/experiments");
      const running = results.filter((each) => !each.stopped_at);
      const stopped = results.filter((each) => each.stopped_at);
      list.replaceChildren(...running.map((each) => report(each, { changed: show, open: true })), ...stopped.map((each, place) => report(each, { changed: show, open: !running.length && place === 0 })));
      if (!results.length) {
        list.replaceChildren(element("p", { class: "plain-words" }, "Nothing has been tried yet. Start with one change, and let readers say whether it is better."));
      }
    } catch (error) {
      list.replaceChildren(notice(error, show));
    } finally {
      list.removeAttribute("aria-busy");
    }
  }

  show();
  return [starter({ started: show }), list];
}
