"""A reader's history placed in the index: what was read, and what must not come again."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.history import History
from core.recommendations.scene import Scene
from core.search.columns import NONE


class Reading(Struct, frozen=True, eq=False):
    """rows: (n,) int32, of each book of the history, NONE where the index has it not.

    blocked: (rows of the index,) bool, books that were read. works, series: those they belong
    to. by_category: (categories,) int64, how many of the history's books carry each.
    """

    history: History
    rows: NDArray[np.int32]
    blocked: NDArray[np.bool_]
    works: frozenset[int]
    series: frozenset[int]
    by_category: NDArray[np.int64]


def reading_of(scene: Scene, history: History) -> Reading:
    snapshot = scene.view.snapshot
    everything = np.concatenate((history.books, history.older))
    rows = snapshot.ordinals_of(everything[:, 0], everything[:, 1])
    known = rows != NONE
    shown = rows[known]
    if history.looked_at is not None:
        known[: len(history.books)] &= ~history.looked_at
    owned = rows[known]
    blocked = np.zeros(snapshot.rows, np.bool_)
    blocked[owned] = True
    return Reading(
        history=history,
        rows=rows[: len(history.books)],
        blocked=blocked,
        works=frozenset(scene.works[owned].tolist()),
        series=frozenset(snapshot.columns.series[owned].tolist()) - {NONE},
        by_category=np.bincount(
            snapshot.columns.category.rows(shown).values,
            minlength=len(snapshot.vocabularies["category"]),
        ),
    )
