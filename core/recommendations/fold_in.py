"""What a reader's own history says of every other book, computed when it is asked for."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.history import LONGEST
from core.recommendations.neighbours import Neighbours

HALVING_EVENTS = 25
"""Among the newest events first: how many make the decaying part of an event's weight halve."""

WIDENED_BOOKS = 50_000
"""Up to so many books weights are kept as float32: NumPy widens float16 slowly, request by
request, and the copy is small. Beyond, workers share the mapped file."""


JOINT_BOOKS = 30_000
"""Up to so many books lists that are gathered together lie together: 1.5 KB a book."""

STEPS = 10
"""Newest books whose followers speak: what was read before says little of what comes next."""


class Told(NamedTuple):
    """What a history says: parts[k] for the book ids[k].

    ids: (m,), a book as often as somebody speaks of it; parts: (m,) float32. speakers: (m,)
    int16, which of those that speak says it; speaking: how many these are.
    """

    ids: NDArray[np.signedinteger[Any]]
    parts: NDArray[np.float32]
    speakers: NDArray[np.int16]
    speaking: int

    def matrix(
        self,
        books: NDArray[np.signedinteger[Any]],
        slots: NDArray[np.int32],
        among: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float64]:
        """(k, speaking): what each of those that speak says for each of the books.

        Its rows add up to the books' scores. books: (k,) distinct. slots: (all books,) of 0, and
        so it is again afterwards. among: places in `ids` that hold all that is said of the books;
        None for every place.
        """
        slots[books] = numbers(len(books))
        ids = self.ids if among is None else self.ids.take(among)
        slot: NDArray[np.signedinteger[Any]] = slots.take(ids)
        slots[books] = 0
        hits = (slot > 0).nonzero()[0]
        cells: NDArray[np.signedinteger[Any]] = slot.take(hits) * self.speaking
        if among is not None:
            hits = among.take(hits)
        cells += self.speakers.take(hits)
        size = (len(books) + 1) * self.speaking
        said: NDArray[Any] = np.bincount(cells, self.parts.take(hits), size)
        return said.reshape(-1, self.speaking)[1:]  # slots count from 1


class Nearest(NamedTuple):
    """Fronts of lists: ids: (m,); weights: (m,); of: (m,) int16, the place of whose list."""

    ids: NDArray[np.signedinteger[Any]]
    weights: NDArray[np.floating[Any]]
    of: NDArray[np.int16]


class Lists:
    """A model's lists, arranged so that a history's are gathered in a few calls."""

    def __init__(self, lists: Neighbours) -> None:
        self.books = len(lists.start) - 1
        self._start, self._ids, self._weights = lists
        if self.books <= WIDENED_BOOKS:
            self._weights = lists.weights.astype(np.float32)
        width = int(lists.start[1]) if self.books else 0
        self.width = width if np.all(np.diff(lists.start) == width) else 0
        """Of every list, 0 where they differ."""
        self._hushed = 0
        if self.width:
            self._rows = self._ids.reshape(self.books, width)
            self._row_weights = self._weights.reshape(self.books, width)

    def beside(self, followers: "Lists") -> "Lists | None":
        """These lists with those of followers behind them, which only the newest `STEPS` books
        say; None where lists differ in length, or would take much memory."""
        if not (self.width and followers.width and self.books <= JOINT_BOOKS):
            return None
        joint = object.__new__(Lists)
        joint.books, joint.width = self.books, self.width + followers.width
        # Of the type that NumPy indexes by.
        joint._rows = np.concatenate((self._rows, followers._rows), axis=1, dtype=np.intp)
        joint._row_weights = np.concatenate((self._row_weights, followers._row_weights), axis=1)
        joint._hushed = self.width
        return joint

    def fronts(self, count: int) -> "Lists":
        """The first `count` entries of each list, where the copy is small; else these lists."""
        if not self.width or self.books > JOINT_BOOKS:
            return self
        fronts = object.__new__(Lists)
        fronts.books, fronts.width, fronts._hushed = self.books, min(count, self.width), 0
        fronts._rows = self._rows[:, :count].astype(np.intp)
        fronts._row_weights = self._row_weights[:, :count].copy()
        return fronts

    def nearest(self, books: NDArray[np.signedinteger[Any]], count: int) -> Nearest:
        """The first `count` entries of each book's list, unweighted."""
        if not self.width:
            told = self.tell(books, np.ones(len(books), np.float32))
            return Nearest(told.ids, told.parts, told.speakers)
        if self.width <= count:
            ids, weights = self._rows.take(books, 0), self._row_weights.take(books, 0)
        else:
            ids, weights = self._rows[books, :count], self._row_weights[books, :count]
        return Nearest(ids.ravel(), weights.ravel(), _repeated(len(books), ids.shape[1]))

    def tell(self, books: NDArray[np.signedinteger[Any]], weights: NDArray[np.float32]) -> Told:
        """What the books' lists say: (h,) ordinals and (h,) float32 weights."""
        if self.width:
            parts = widened(self._row_weights.take(books, 0)) * weights[:, None]
            if self._hushed and len(books) > STEPS:
                parts[STEPS:, self._hushed :] = 0
            ids = self._rows.take(books, 0).ravel()
            return Told(ids, parts.ravel(), _repeated(len(books), self.width), len(books))
        first, last = self._start[books], self._start[books + 1]
        entries = list(map(slice, first.tolist(), last.tolist()))
        speakers = np.arange(len(books), dtype=np.int16).repeat(last - first)
        if not entries:
            return Told(self._ids[:0], self._weights[:0].astype(np.float32), speakers, 0)
        parts = widened(np.concatenate([self._weights[entry] for entry in entries]))
        ids = np.concatenate([self._ids[entry] for entry in entries])
        return Told(ids, parts * weights.repeat(last - first), speakers, len(books))

    def scores(
        self, books: NDArray[np.signedinteger[Any]], weights: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(all books,) float32: the lists of the history added up."""
        told = self.tell(books, weights)
        return np.bincount(told.ids, told.parts, self.books).astype(np.float32)


def widened(weights: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """float16 as float32, looked up: NumPy converts one by one, which takes twice as long."""
    return (
        weights if weights.dtype != np.float16 else _every_float16().take(weights.view(np.uint16))
    )


@lru_cache(1)
def _every_float16() -> NDArray[np.float32]:
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


@lru_cache(512)
def numbers(count: int) -> NDArray[np.int32]:
    """1 to count, read only."""
    counted = np.arange(1, count + 1, dtype=np.int32)
    counted.flags.writeable = False
    return counted


@lru_cache(512)
def _repeated(count: int, times: int) -> NDArray[np.int16]:
    """0 to count - 1, each so many times over."""
    repeated = np.arange(count, dtype=np.int16).repeat(times)
    repeated.flags.writeable = False
    return repeated


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
