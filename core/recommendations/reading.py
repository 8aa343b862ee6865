"""A reader's history placed in the index: what was read, and what must not come again."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.history import History
from core.recommendations.scene import Place, Scene
from core.search.columns import NONE

NOTHING_ASKED: frozenset[int] = frozenset()


class Reading(Struct, frozen=True, eq=False):
    """ordinals: (n,), rows: n, of each book of the history, NONE where model or index has none.

    owned_books: (m,) ordinals, owned: rows of what was read. works, series: those it
    belongs to. by_category: how many of the history's books are in each, the first named alone.
    asked: codes of the categories that were asked for.
    """

    history: History
    ordinals: NDArray[np.intp]
    rows: Sequence[int]
    owned_books: NDArray[np.intp]
    owned: frozenset[int]
    works: frozenset[int]
    series: frozenset[int]
    by_category: Counter[int]
    asked: frozenset[int]


def reading_of(scene: Scene, history: History, asked: frozenset[int] = NOTHING_ASKED) -> Reading:
    learnt = read = scene.places(history.books)
    if history.looked_at is not None and history.looked_at.any():
        looked_at = history.looked_at.tolist()
        read = [place for place, looked in zip(read, looked_at, strict=True) if not looked]
    older = scene.places(history.older) if len(history.older) else _NONE
    ordinals, rows, _, _, _ = _columns(learnt)
    *_, categories = _columns([*learnt, *older] if older else learnt)
    books, owned, works, series, _ = _columns([*read, *older] if older else read)
    return Reading(
        history=history,
        ordinals=np.array(ordinals, np.intp),
        rows=rows,
        owned_books=np.array(books if NONE not in books else _there(books), np.intp),
        owned=frozenset(owned) - _ABSENT,
        works=frozenset(works) - _ABSENT,
        series=frozenset(series) - _ABSENT,
        by_category=Counter(categories),
        asked=asked,
    )


_ABSENT = frozenset((NONE,))
_NONE: list[Place] = []


def _columns(places: list[Place]) -> Sequence[Sequence[int]]:
    return tuple(zip(*places, strict=True)) if places else ((), (), (), (), ())


def _there(books: Sequence[int]) -> list[int]:
    return [book for book in books if book != NONE]
