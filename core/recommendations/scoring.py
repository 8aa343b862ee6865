"""The best-scored books of what a history says, whatever the size of the catalogue."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.fold_in import Told

DENSE_BOOKS = 30_000
"""Up to so many books one sum over all of them beats looking at those spoken of alone."""

FIRST_LOOK = 16
"""Entries looked at first, for each book that is wanted: one book may be spoken of often."""

UNFILTERED_LOOK = 2
"""Books looked at first where nothing but their worth changes their order."""

DEEPER = 8
"""Times as many are looked at where those were too few."""

FEW = 4
"""Times as many as wanted are handed on as they are: to sort them costs no more."""

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
    """worth: (all books,) float32 in [0, 1] that scores are multiplied by.

    without: ordinals that must not be shown, those of worth 0 among them, in several arrays.
    passes: a filter, None for none. most: how many are wanted.
    """

    worth: NDArray[np.float32]
    without: Sequence[NDArray[np.signedinteger[Any]]]
    passes: Passes | None
    most: int


def best_of(told: Told, wanted: Wanted, scratch: Scratch) -> Best:
    """The books of the largest score × worth, and some more."""
    if len(wanted.worth) <= DENSE_BOOKS:
        return dense(told, wanted)
    return sparse(told, wanted, scratch)


def give_back(best: Best, told: Told, scratch: Scratch) -> None:
    """Behind the last look at the totals."""
    if best.borrowed:
        best.totals[told.ids] = 0
        scratch.give_back_totals(best.totals)


def dense(told: Told, wanted: Wanted) -> Best:
    """By a sum over all books: for small catalogues."""
    totals: NDArray[Any] = np.bincount(told.ids, told.parts, len(wanted.worth))
    for books in wanted.without:
        totals[books] = 0
    books = (totals > LEAST).nonzero()[0]
    told_of = totals.take(books)
    depth = wanted.most * (UNFILTERED_LOOK if wanted.passes is None else FIRST_LOOK)
    while True:
        least = _threshold(told_of, depth)
        top = (told_of >= least).nonzero()[0]
        found, scores = _best_among(books.take(top), told_of.take(top), wanted)
        if _settled(scores, wanted.most, least):
            return Best(found, scores.astype(np.float32), totals)
        depth *= DEEPER


def sparse(told: Told, wanted: Wanted, scratch: Scratch) -> Best:
    """By looking at the books that are told of alone."""
    ids = told.ids.astype(np.intp)
    totals = scratch.totals()
    np.add.at(totals, ids, told.parts)
    for books in wanted.without:
        totals[books] = 0
    told_of = totals.take(ids)
    depth = FIRST_LOOK * wanted.most
    while True:
        least = _threshold(told_of, depth)
        among = (told_of >= least).nonzero()[0]
        books, first = _distinct(told.ids.take(among))
        found, scores = _best_among(books, told_of.take(among.take(first)), wanted)
        if _settled(scores, wanted.most, least):
            return Best(found, scores, totals, among, borrowed=True)
        depth *= DEEPER


def _best_among(
    books: NDArray[Any], totals: NDArray[Any], wanted: Wanted
) -> tuple[NDArray[Any], NDArray[Any]]:
    scores = totals * wanted.worth.take(books)
    if wanted.passes is not None:
        passed = wanted.passes(books)
        books, scores = books[passed], scores[passed]
    if len(scores) <= FEW * wanted.most:
        return books, scores
    kept = scores >= _threshold(scores, wanted.most)
    return books[kept], scores[kept]


def _settled(scores: NDArray[Any], most: int, least: float) -> bool:
    """Whether no book of a smaller total than `least` is among the best, whatever its worth."""
    if least <= LEAST:
        return True
    if len(scores) < most:
        return False
    place = len(scores) - most
    return bool((np.partition(scores, place)[place] if place else scores.min()) >= least)


def _threshold(scores: NDArray[Any], count: int) -> float:
    """The `count`-th largest, at least LEAST."""
    place = len(scores) - count
    return LEAST if place <= 0 else max(float(np.partition(scores, place)[place]), LEAST)


def _distinct(ids: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Each once, ascending, and a place where it stands."""
    order = ids.argsort()
    ids = ids.take(order)
    new = np.ones(len(ids), np.bool_)
    np.not_equal(ids[1:], ids[:-1], out=new[1:])
    return ids[new], order[new]
