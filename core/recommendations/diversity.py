"""From the best-scored books to a row worth looking at: no author, series or work too often."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from core.recommendations.personal import Personal
from core.recommendations.pick import Pick
from core.recommendations.reading import Reading
from core.recommendations.reasons import personal_pick
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
    places = found.best(LOOKED_AT * count).tolist()
    left_over = [place for place in places if not chosen.full and not chosen.take(found, place)]
    for place in left_over:
        if not chosen.full:
            chosen.take(found, place, crowded=True)
    return sorted(chosen.picks, key=lambda pick: (-pick.score, pick.row))


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

    def take(self, found: Personal, place: int, *, crowded: bool = False) -> bool:
        """Take a book, or the volume that stands for it; False where variety or truth forbid it.

        crowded: never mind how often its author or a series not begun came.
        """
        row = int(found.rows[place])
        series = int(self._scene.view.snapshot.columns.series[row])
        known = begun(self._scene, self._reading, series) if series != NONE else None
        if series in self._series and (known or not crowded):
            return False
        if known and known.following != NONE:
            return self._take_next(found, place, series, known.last, known.following)
        author = self._author(row)
        if self._authors[author] >= max(2, self._count // ONE_AUTHOR_IN) and not crowded:
            return False
        return self._add(personal_pick(self._scene, self._reading, found, place), series, author)

    def _take_next(
        self, found: Personal, place: int, series: int, last: int, following: int
    ) -> bool:
        if not self._passed[following] or self._reading.blocked[following]:
            return False
        name = self._scene.view.snapshot.vocabularies["series"].name(series)
        score = float(found.scores[place])
        pick = Pick(following, score, f"Next in {name}", last)
        return self._add(pick, series, self._author(following))

    def _add(self, pick: Pick, series: int, author: int) -> bool:
        work = int(self._scene.works[pick.row])
        if work in self._works:
            return False
        self._works.add(work)
        if series != NONE:
            self._series.add(series)
        if author != NONE:
            self._authors[author] += 1
        self.picks.append(pick)
        return True

    def _author(self, row: int) -> int:
        authors = self._scene.view.snapshot.columns.author.row(row)
        return int(authors[0]) if len(authors) else NONE
