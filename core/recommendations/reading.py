"""A reader's history placed in the index: what was read, and what must not come again."""

from collections import Counter

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.history import History
from core.recommendations.scene import Scene
from core.search.columns import NONE

NOTHING_ASKED: frozenset[int] = frozenset()


class Reading(Struct, frozen=True, eq=False):
    """ordinals, rows: (n,) int32 of each book of the history, NONE where model or index has none.

    owned_books: (m,) int32 ordinals, owned: rows of what was read. works, series: those it
    belongs to. by_category: how many of the history's books are in each, the first named alone.
    asked: codes of the categories that were asked for.
    """

    history: History
    ordinals: NDArray[np.int32]
    rows: NDArray[np.int32]
    owned_books: NDArray[np.int32]
    owned: frozenset[int]
    works: frozenset[int]
    series: frozenset[int]
    by_category: Counter[int]
    asked: frozenset[int]


def reading_of(scene: Scene, history: History, asked: frozenset[int] = NOTHING_ASKED) -> Reading:
    count, everything = len(history.books), history.books
    if len(history.older):
        everything = np.concatenate((everything, history.older))
    ordinals, rows = scene.places_of(everything[:, 0], everything[:, 1])
    snapshot = scene.view.snapshot
    mine, owned_books = rows, ordinals
    if history.looked_at is not None:
        read = np.ones(len(rows), np.bool_)
        np.logical_not(history.looked_at, out=read[:count])
        mine, owned_books = rows[read], ordinals[read]
    mine = mine[mine != NONE]
    return Reading(
        history=history,
        ordinals=ordinals[:count],
        rows=rows[:count],
        owned_books=owned_books[owned_books != NONE],
        owned=frozenset(mine.tolist()),
        works=frozenset(scene.works[mine].tolist()),
        series=frozenset(snapshot.columns.series[mine].tolist()) - {NONE},
        by_category=Counter(scene.categories.take(rows[rows != NONE]).tolist()),
        asked=asked,
    )
