"""A reader's history placed in the index: what was read, and what must not come again."""

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

    owned_books: (m,) ordinals, owned: rows of what was read. works, series: those it belongs to.
    categories: of each of the history's books the first that it names. asked: codes of the
    categories that were asked for.
    """

    history: History
    ordinals: NDArray[np.intp]
    rows: Sequence[int]
    owned_books: NDArray[np.intp]
    owned: Sequence[int]
    works: frozenset[int]
    series: frozenset[int]
    categories: Sequence[int]
    asked: frozenset[int]


def reading_of(scene: Scene, history: History, asked: frozenset[int] = NOTHING_ASKED) -> Reading:
    learnt = read = scene.places(history.books)
    if history.looked_at is not None and history.looked_at.any():
        looked_at = history.looked_at.tolist()
        read = [place for place, looked in zip(read, looked_at, strict=True) if not looked]
    ordinals, rows, works, series, categories = _columns(learnt)
    books = known = np.array(ordinals, np.intp)
    owned_books, owned = ordinals, rows
    if read is not learnt or len(history.older):
        older = scene.places(history.older) if len(history.older) else []
        categories = _columns([*learnt, *older])[-1]
        owned_books, owned, works, series, _ = _columns([*read, *older])
        books = np.array(owned_books, np.intp)
    return Reading(
        history=history,
        ordinals=known,
        rows=rows,
        owned_books=books[books != NONE] if NONE in owned_books else books,
        owned=owned,
        works=frozenset(works) - _ABSENT if NONE in works else frozenset(works),
        series=frozenset(series) - _ABSENT,
        categories=categories,
        asked=asked,
    )


_ABSENT = frozenset((NONE,))


def _columns(places: list[Place]) -> Sequence[Sequence[int]]:
    return tuple(zip(*places, strict=True)) if places else ((), (), (), (), ())
