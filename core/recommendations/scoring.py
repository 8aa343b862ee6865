"""The best-scored books of what a history says, whatever the size of the catalogue."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.fold_in import Told, numbers

DENSE_BOOKS = 30_000
"""Up to so many books one sum over all of them beats looking at those spoken of alone."""

FIRST_LOOK = 16
"""Entries looked at first, for each book that is wanted: one book may be spoken of often."""

FILTERED_LOOK = 2
"""Entries for each book that passes, where a filter lets through so few that those do not do."""

DEEPER = 8
"""Times as many are looked at where those were too few."""

FEW = 4
"""Times as many as wanted are handed on as they are: to sort them costs no more."""

PIECES = 4
"""Pieces that all books are divided into for each that is wanted."""

LEAST = 1e-9


class Best(NamedTuple):
    """books: (k,) int32 distinct; scores: (k,) float32 above 0. In no order.

    totals: (all books,) what was told of each, in all. among: places of what was told that hold
    all that was said of the best books; None: any may. borrowed: totals go back, see `give_back`.
    """

    books: NDArray[np.signedinteger[Any]]
    scores: NDArray[np.float32]
    totals: NDArray[Any]
    among: NDArray[np.int64] | None = None
    borrowed: bool = False


Passes = Callable[[NDArray[np.signedinteger[Any]]], NDArray[np.bool_]]
"""Which of the books may be shown: (n,) ordinals to (n,) bool."""


class Scratch:
    """Arrays of the size of the catalogue that requests borrow: all 0 whenever they are free."""

    def __init__(self, books: int) -> None:
        self._books = books
        self._totals: list[NDArray[np.float32]] = []
        self._slots: list[NDArray[np.int32]] = []

    def totals(self) -> NDArray[np.float32]:
        """(books,) of 0. Whoever fails does not give them back."""
        return self._totals.pop() if self._totals else np.zeros(self._books, np.float32)

    def slots(self) -> NDArray[np.int32]:
        """(books,) of 0, likewise."""
        return self._slots.pop() if self._slots else np.zeros(self._books, np.int32)

    def give_back_totals(self, totals: NDArray[np.float32]) -> None:
        self._totals.append(totals)

    def give_back_slots(self, slots: NDArray[np.int32]) -> None:
        self._slots.append(slots)


class Wanted(NamedTuple):
    """worth: (all books,) in [0, 1], what scores are multiplied by; books of 0 are not shown.

    without: ordinals that must not be shown. most: how many are wanted. passes: a filter that
    `worth` knows nothing of, None for none; share: about what share of the books it lets through.
    """

    worth: NDArray[np.floating[Any]]
    without: NDArray[np.signedinteger[Any]]
    most: int
    passes: Passes | None = None
    share: float = 1.0


def best_of(told: Told, wanted: Wanted, scratch: Scratch) -> Best:
    """The books of the largest score × worth, and some more; told.ids: (m,) intp."""
    if len(wanted.worth) <= DENSE_BOOKS:
        return dense(told, wanted)
    return sparse(told, wanted, scratch)


def give_back(best: Best, told: Told, scratch: Scratch) -> None:
    """Behind the last look at the totals."""
    if best.borrowed:
        best.totals[told.ids] = 0
        scratch.give_back_totals(best.totals)


def dense(told: Told, wanted: Wanted) -> Best:
    """By a sum over all books: for small catalogues, whose worth knows every filter."""
    totals: NDArray[Any] = np.bincount(told.ids, told.parts, len(wanted.worth))
    totals[wanted.without] = 0
    scores = totals * wanted.worth
    books = (scores >= _reached(scores, wanted.most)).nonzero()[0]
    return Best(books, scores.take(books).astype(np.float32), totals)


def sparse(told: Told, wanted: Wanted, scratch: Scratch) -> Best:
    """By looking at the books that are told of alone."""
    totals = scratch.totals()
    np.add.at(totals, told.ids, told.parts)
    totals[wanted.without] = 0
    scores = totals.take(told.ids) * wanted.worth.take(told.ids)
    depth = wanted.most * max(FIRST_LOOK, round(FILTERED_LOOK / wanted.share))
    while True:
        least = _threshold(scores, depth)
        among = (scores >= least).nonzero()[0]
        places = _distinct(told.ids, among, scratch)
        if wanted.passes is not None:
            places = places[wanted.passes(told.ids.take(places))]
        if len(places) >= wanted.most or least <= LEAST:
            break
        depth *= DEEPER
    found = scores.take(places)
    if len(found) > FEW * wanted.most:
        best = found >= _threshold(found, wanted.most)
        places, found = places[best], found[best]
    return Best(told.ids.take(places), found, totals, among, borrowed=True)


def _reached(scores: NDArray[Any], most: int) -> float:
    """What at least `most` of the scores reach and few more do, at least LEAST: of as many pieces
    of the catalogue as are not many, the largest score each."""
    pieces = PIECES * most
    depth = len(scores) // pieces
    if depth < PIECES:
        return _threshold(scores, most)
    return _threshold(scores[: depth * pieces].reshape(depth, pieces).max(axis=0), most)


def _threshold(scores: NDArray[Any], count: int) -> float:
    """The `count`-th largest, at least LEAST."""
    place = len(scores) - count
    return LEAST if place <= 0 else max(float(np.partition(scores, place)[place]), LEAST)


def _distinct(
    ids: NDArray[np.intp], among: NDArray[np.int64], scratch: Scratch
) -> NDArray[np.int64]:
    """Of some places in `ids` one for each book that stands there."""
    ids, numbered = ids.take(among), numbers(len(among))
    slots = scratch.slots()
    slots[ids] = numbered  # of a book's places one remains
    first: NDArray[np.bool_] = np.equal(slots.take(ids), numbered)
    slots[ids] = 0
    scratch.give_back_slots(slots)
    return np.compress(first, among)
