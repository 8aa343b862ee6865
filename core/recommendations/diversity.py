"""From the best-scored books to a row worth looking at: no author, series or work too often."""

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.personal import Personal
from core.recommendations.pick import Pick
from core.recommendations.reading import Reading
from core.recommendations.reasons import personal_pick, spokesmen
from core.recommendations.scene import Scene
from core.recommendations.series import begun
from core.search.columns import NONE

LOOKED_AT = 4
"""How many times the wanted number of books is considered."""

ONE_AUTHOR_IN = 7
"""One book in so many may be by the same author, two at least."""


def personal_picks(
    scene: Scene, reading: Reading, found: Personal, passed: NDArray[np.bool_], count: int
) -> list[Pick]:
    """The best books, at most one of a series and of a work, few of an author.

    Of a series that was begun only the next unread volume comes, in the place of whichever of
    its volumes scored best. Where variety leaves too few, the best left over fill up.
    """
    chosen = _Chosen(scene, reading, passed, count)
    places = found.best(LOOKED_AT * count)
    considered = _considered(scene, reading, found, places)
    left_over = []
    for book in considered:
        if chosen.full:
            break
        if not chosen.take(found, book):
            left_over.append(book)
    for book in left_over:
        if chosen.full:
            break
        chosen.take(found, book, crowded=True)
    return sorted(chosen.picks, key=lambda pick: (-pick.score, pick.row))


class _Considered(NamedTuple):
    """place: among the personal scores. spokesman: the history's entry to name."""

    place: int
    row: int
    series: int
    author: int
    spokesman: int


def _considered(
    scene: Scene, reading: Reading, found: Personal, places: NDArray[np.int64]
) -> list[_Considered]:
    columns, rows = scene.view.snapshot.columns, found.rows[places]
    authors = columns.author
    first = authors.start[rows]
    named = authors.start[rows + 1] > first
    author = np.where(named, authors.values[np.where(named, first, 0)], NONE)
    lists = (
        places.tolist(),
        rows.tolist(),
        columns.series[rows].tolist(),
        author.tolist(),
        spokesmen(reading, found, places),
    )
    return [_Considered(*book) for book in zip(*lists, strict=True)]


class _Chosen:
    def __init__(
        self, scene: Scene, reading: Reading, passed: NDArray[np.bool_], count: int
    ) -> None:
        self.picks: list[Pick] = []
        self._scene = scene
        self._reading = reading
        self._passed = passed
        self._count = count
        self._works = set(reading.works)
        self._series: set[int] = set()
        self._authors: Counter[int] = Counter()

    @property
    def full(self) -> bool:
        return len(self.picks) == self._count

    def take(self, found: Personal, book: _Considered, *, crowded: bool = False) -> bool:
        """Take a book, or the volume that stands for it; False where variety or truth forbid it.

        crowded: never mind how often its author or a series not begun came.
        """
        is_begun = book.series in self._reading.series
        if book.series in self._series and (is_begun or not crowded):
            return False
        known = begun(self._scene, self._reading, book.series) if is_begun else None
        if known and known.following != NONE:
            return self._take_next(found, book, known.last, known.following)
        often = self._authors[book.author] >= max(2, self._count // ONE_AUTHOR_IN)
        if (often and not crowded) or not self._is_new_work(book.row):
            return False
        self._add(
            personal_pick(self._scene, self._reading, found, book.place, book.spokesman), book
        )
        return True

    def _take_next(self, found: Personal, book: _Considered, last: int, following: int) -> bool:
        if not self._passed[following] or self._reading.blocked[following]:
            return False
        if not self._is_new_work(following):
            return False
        name = self._scene.view.snapshot.vocabularies["series"].name(book.series)
        score = float(found.scores[book.place])
        self._add(Pick(following, score, f"Next in {name}", last), book)
        return True

    def _is_new_work(self, row: int) -> bool:
        """Whether no edition of it was read or taken; taken now."""
        work = int(self._scene.works[row])
        if work in self._works:
            return False
        self._works.add(work)
        return True

    def _add(self, pick: Pick, book: _Considered) -> None:
        if book.series != NONE:
            self._series.add(book.series)
        if book.author != NONE:
            self._authors[book.author] += 1
        self.picks.append(pick)
