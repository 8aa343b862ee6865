"""What a reader's own history says of every other book, computed when it is asked for."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.history import LONGEST
from core.recommendations.neighbours import Neighbours

HALVING_EVENTS = 25
"""Among the newest events first: how many make the decaying part of an event's weight halve."""

WIDENED_BOOKS = 50_000
"""Up to so many books weights are kept as float32: NumPy widens float16 slowly, request by
request, and the copy is small. Beyond, workers share the mapped file."""


class Told(NamedTuple):
    """What a history says: parts[k] for the book ids[k].

    ids: (m,) int32, a book as often as somebody speaks of it; parts: (m,) float32. ends: (h,)
    int64, where what each of the history's entries says ends.
    """

    ids: NDArray[np.int32]
    parts: NDArray[np.float32]
    ends: NDArray[np.int64]

    def matrix(self, books: NDArray[np.int32], slots: NDArray[np.int16]) -> NDArray[np.float32]:
        """(k, h) float32: what each entry of the history says for each of the books.

        Its rows add up to the books' scores. books: (k,) distinct. slots: (all books,) of 0, and
        so it is again afterwards.
        """
        slots[books] = np.arange(1, len(books) + 1, dtype=np.int16)
        slot = slots.take(self.ids)
        slots[books] = 0
        hits = slot.nonzero()[0]
        found = np.zeros((len(books), len(self.ends)), np.float32)
        found[slot[hits] - 1, self.ends.searchsorted(hits, "right")] = self.parts[hits]
        return found


class Lists:
    """A model's lists, arranged so that a history's are gathered in a few calls."""

    def __init__(self, lists: Neighbours) -> None:
        self.books = len(lists.start) - 1
        self._start, self._ids, self._weights = lists
        if self.books <= WIDENED_BOOKS:
            self._weights = lists.weights.astype(np.float32)
        width = int(lists.start[1]) if self.books else 0
        self._width = width if np.all(np.diff(lists.start) == width) else 0
        if self._width:
            self._rows = self._ids.reshape(self.books, width)
            self._row_weights = self._weights.reshape(self.books, width)

    def nearest(self, books: NDArray[np.int32], count: int) -> Told:
        """The first `count` entries of each book's list, unweighted."""
        if not self._width:
            return self.tell(books, np.ones(len(books), np.float32))
        count = min(count, self._width)
        ids = self._rows.take(books, 0)[:, :count]
        weights = self._row_weights.take(books, 0)[:, :count]
        ends = np.arange(1, len(books) + 1) * count
        return Told(ids.ravel(), weights.astype(np.float32, copy=False).ravel(), ends)

    def tell(self, books: NDArray[np.int32], weights: NDArray[np.float32]) -> Told:
        """What the books' lists say: (h,) ordinals and (h,) float32 weights."""
        if self._width:
            parts = self._row_weights.take(books, 0) * weights[:, None]
            ends = np.arange(1, len(books) + 1) * self._width
            return Told(self._rows.take(books, 0).ravel(), parts.ravel(), ends)
        first, last = self._start[books], self._start[books + 1]
        entries = list(map(slice, first.tolist(), last.tolist()))
        if not entries:
            return Told(self._ids[:0], self._weights[:0].astype(np.float32), first)
        parts = np.concatenate([self._weights[entry] for entry in entries])
        parts = parts * np.repeat(weights, last - first)
        ids = np.concatenate([self._ids[entry] for entry in entries])
        return Told(ids, parts, np.cumsum(last - first))

    def scores(self, books: NDArray[np.int32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """(all books,) float32: the lists of the history added up."""
        told = self.tell(books, weights)
        return np.bincount(told.ids, told.parts, self.books).astype(np.float32)


@lru_cache(16)
def _fading(recency: float) -> NDArray[np.float32]:
    decay = 0.5 ** (np.arange(LONGEST, dtype=np.float32) / HALVING_EVENTS)
    faded: NDArray[np.float32] = ((1 - recency) + recency * decay).astype(np.float32)
    faded.flags.writeable = False
    return faded


def recency_weights(count: int, recency: float) -> NDArray[np.float32]:
    """(count,) float32, newest first: from 1 down to 1 - recency. Read only up to 200."""
    if count <= LONGEST:
        return _fading(recency)[:count]
    decay = 0.5 ** (np.arange(count, dtype=np.float32) / HALVING_EVENTS)
    return ((1 - recency) + recency * decay).astype(np.float32)
