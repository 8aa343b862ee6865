"""The best-scored books of what a history says, whatever the size of the catalogue."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.fold_in import Told

DENSE_BOOKS = 30_000
"""Up to so many books one sum over all of them beats looking at those spoken of alone."""

FULL = 4
"""One entry for so many books at least: of a sum that is 0 nearly everywhere the largest are
found slowly."""

FIRST_LOOK = 16
"""Entries looked at first, for each book that is wanted: one book may be spoken of often."""

LEAST = 1e-9


class Best(NamedTuple):
    """books: (k,) int32 distinct; scores: (k,) float32 above 0. In no order."""

    books: NDArray[np.int32]
    scores: NDArray[np.float32]


Passes = Callable[[NDArray[np.signedinteger[Any]]], NDArray[np.bool_]]
"""Which of the books may be shown: (n,) ordinals to (n,) bool."""


class Scratch:
    """Arrays of the size of the catalogue that requests borrow: all 0 whenever they are free."""

    def __init__(self, books: int) -> None:
        self._books = books
        self._totals: list[NDArray[np.float32]] = []
        self._slots: list[NDArray[np.int16]] = []

    def totals(self) -> NDArray[np.float32]:
        """(books,) of 0. Whoever fails does not give them back."""
        return self._totals.pop() if self._totals else np.zeros(self._books, np.float32)

    def slots(self) -> NDArray[np.int16]:
        """(books,) of 0, likewise."""
        return self._slots.pop() if self._slots else np.zeros(self._books, np.int16)

    def give_back_totals(self, totals: NDArray[np.float32]) -> None:
        self._totals.append(totals)

    def give_back_slots(self, slots: NDArray[np.int16]) -> None:
        self._slots.append(slots)


class Wanted(NamedTuple):
    """worth: (all books,) float32 that scores are multiplied by, 0 for a book not to be shown.

    without: ordinals that must not be shown either. passes: a filter, None for none. most: how
    many are wanted.
    """

    worth: NDArray[np.float32]
    without: NDArray[np.int32]
    passes: Passes | None
    most: int


def best_of(told: Told, wanted: Wanted, scratch: Scratch) -> Best:
    """The books of the largest score × worth, more where equal ones stand at the end."""
    books = len(wanted.worth)
    if books <= DENSE_BOOKS and len(told.ids) * FULL > books:
        return dense(told, wanted)
    return sparse(told, wanted, scratch)


def dense(told: Told, wanted: Wanted) -> Best:
    """By a sum over all books: for small catalogues and much that is told."""
    books = len(wanted.worth)
    scores: NDArray[Any] = np.bincount(told.ids, told.parts, books)
    scores *= wanted.worth
    scores[wanted.without] = 0
    if wanted.passes is None:
        found = (scores >= _threshold(scores, wanted.most)).nonzero()[0]
    else:
        spoken = (scores > LEAST).nonzero()[0]
        spoken = spoken[wanted.passes(spoken)]
        found = spoken[scores[spoken] >= _threshold(scores[spoken], wanted.most)]
    return Best(found.astype(np.int32), scores[found].astype(np.float32))


def sparse(told: Told, wanted: Wanted, scratch: Scratch) -> Best:
    """By looking at the books that are told of alone."""
    ids, count = told.ids, wanted.most
    totals = scratch.totals()
    np.add.at(totals, ids, told.parts)
    totals[wanted.without] = 0
    scores = totals.take(ids)
    totals[ids] = 0
    scratch.give_back_totals(totals)
    scores *= wanted.worth.take(ids)
    depth = FIRST_LOOK * count
    while True:
        entries = (scores >= _threshold(scores, depth)).nonzero()[0]
        found = _distinct(ids[entries], scores[entries])
        if wanted.passes is not None:
            passed = wanted.passes(found.books)
            found = Best(found.books[passed], found.scores[passed])
        if len(found.books) >= count or depth >= len(ids):
            break
        depth = len(ids)
    kept = found.scores >= _threshold(found.scores, count)
    return Best(found.books[kept], found.scores[kept])


def _threshold(scores: NDArray[Any], count: int) -> float:
    """The `count`-th largest, at least LEAST."""
    place = len(scores) - count
    return LEAST if place <= 0 else max(float(np.partition(scores, place)[place]), LEAST)


def _distinct(ids: NDArray[np.int32], scores: NDArray[np.float32]) -> Best:
    order = ids.argsort()
    ids = ids[order]
    new = np.ones(len(ids), np.bool_)
    np.not_equal(ids[1:], ids[:-1], out=new[1:])
    return Best(ids[new], scores[order[new]])
