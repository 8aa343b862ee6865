"""Which acts a model must not see, by the protocols in use; conclusions differ between them."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.recommendations.evaluation import HELD_OUT_SHARE, scramble
from core.recommendations.interactions import Interactions

Split = Literal["global-time", "reader-time", "random", "new-books"]

NEW_BOOKS = 10
"""One book in so many is new."""


def split(acts: Interactions, how: Split, *, seed: int = 0) -> NDArray[np.bool_]:
    """(n,) bool: what is held out, a fifth of the acts or all of a tenth of the books.

    global-time: the newest acts of all, as a shop meets them. reader-time: the newest of each
    reader, which lets a model see other readers' future. random: by a hash of reader and book.
    new-books: all acts with some books, see `new_books`.
    """
    if how == "new-books":
        return new_books(int(acts.book.max(initial=-1)) + 1, seed)[acts.book]
    mixed = scramble(acts.reader.astype(np.uint64) * np.uint64(1 << 32) + np.uint64(seed))
    chance = scramble(mixed ^ acts.book.astype(np.uint64))
    if how == "random":
        return chance % np.uint64(1_000) < np.uint64(round(1_000 * HELD_OUT_SHARE))
    held = np.zeros(len(acts.book), np.bool_)
    if how == "global-time":
        newest = np.lexsort((chance, -acts.seconds))
        held[newest[: round(HELD_OUT_SHARE * len(newest))]] = True
        return held
    order = np.lexsort((chance, -acts.seconds, acts.reader))
    reader = acts.reader[order]
    place = np.arange(len(order)) - np.searchsorted(reader, reader)
    held[order[place < np.floor(HELD_OUT_SHARE * np.bincount(acts.reader)[reader])]] = True
    return held


def new_books(count: int, seed: int = 0) -> NDArray[np.bool_]:
    """(count,) bool: books that nobody is known to have read, a tenth by a hash of the ordinal."""
    chance = scramble(np.arange(count, dtype=np.uint64) + np.uint64(seed << 32))
    new: NDArray[np.bool_] = chance % np.uint64(NEW_BOOKS) == 0
    return new
