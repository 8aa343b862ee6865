// One book's page: particulars, readers' words, books like it, and what it changes for the reader.

import { ask } from "./api.js";
import { element } from "./element.js";
import { report } from "./events.js";
import { Latest } from "./latest.js";
import { notice } from "./notice.js";
import { opened, waitingBook } from "./opened.js";
import { Readers } from "./readers.js";
import { session } from "./session.js";
import { Shelf } from "./shelf.js";

export class BookPage {
  #place;
  #latest = new Latest();
  #parts = [];

  constructor(place) {
    this.#place = place;
  }

  async show({ id }) {
    const signal = this.#begin();
    const path = `/books/${encodeURIComponent(id)}`;
    const place = element("div", {}, waitingBook());
    const similar = new Shelf({
      name: "similar",
      title: "Books like this one",
      of: id,
      load: (asking) => ask(`${path}/similar`, { signal: asking }),
    });
    const forYou = new Shelf({
      name: "for-you",
      title: "For you",
      note: "follows what you rate",
      load: (asking) => ask("/books/recommended", { signal: asking }),
    });
    const readers = new Readers(path, (seenBy) => rated({ path, seenBy, place, forYou, signal }));
    const instead = new Shelf({
      name: "alternatives",
      title: "Available instead",
      of: id,
      load: (asking) => ask(`${path}/alternatives`, { signal: asking }),
    });
    this.#parts = [instead, similar, forYou, readers];
    this.#place.replaceChildren(place);
    const load = async () => {
      try {
        const book = await ask(path, { signal });
        if (signal.aborted) return;
        document.title = `${book.title} · Bookwheel`;
        report("book_view", { book_id: book.id });
        place.replaceChildren(opened(book));
        const soldOut = book.stock === 0;
        if (soldOut) this.#place.append(instead.element);
        this.#place.append(similar.element, readers.element, forYou.element);
        const follow = () => forYou.fillFor(session.reader);
        session.addEventListener("change", follow, { signal });
        await Promise.all([soldOut && instead.fill(), similar.fill(), readers.fill(), follow()]);
      } catch (error) {
        if (!signal.aborted) place.replaceChildren(notice(error, error.status === 404 ? null : load));
      }
    };
    await load();
  }

  leave() {
    this.#latest.cancel();
    for (const part of this.#parts) part.leave();
  }

  #begin() {
    this.leave();
    return this.#latest.next();
  }
}

/** A rating moves the book's average and the reader's own shelf. */
async function rated({ path, seenBy, place, forYou, signal }) {
  const shelf = forYou.refill(signal);
  try {
    const book = await ask(path, { query: seenBy ? { min_version: seenBy } : {}, signal });
    place.replaceChildren(opened(book));
  } catch {
    // The rating is stored; the average shows it once the index has caught up.
  }
  await shelf;
}
