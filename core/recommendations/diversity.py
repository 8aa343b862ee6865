"""From the best-scored books to a row worth looking at: no author, series or work too often."""

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommendations.fold_in import numbers
from core.recommendations.personal import Personal
from core.recommendations.pick import Chosen
from core.recommendations.reading import Reading
from core.recommendations.scene import ALIKE, Scene
from core.recommendations.series import Begun, begun
from core.search.columns import NONE
from core.search.filters import Passing

LOOKED_AT = 3
"""How many times the wanted number of books is considered."""

ONE_AUTHOR_IN = 7
"""One book in so many may be by the same author, two at least."""

LEAST_ALIKE = np.float32(0.15)
"""Of a smaller cosine nobody would say that two books are the same."""


def considered(count: int) -> int:
    """How many of the best books to look at for `count`."""
    return LOOKED_AT * count


def personal_choice(
    scene: Scene,
    reading: Reading,
    found: Personal,
    passing: Passing,
    count: int,
    *,
    sameness: float,
) -> "Taken":
    """The best books, at most one of a series and of a work, few of an author, unlike each other.

    Taken one by one: the next is the one whose score, less sameness × its largest cosine of
    content to one taken, is largest. Of a series that was begun only the next unread volume
    comes, in the place of whichever of its volumes scored best. Where variety leaves too few,
    the best left over fill up. In the order in which they were taken.
    Source: maximal marginal relevance, Carbonell & Goldstein, SIGIR 1998.
    """
    taken = Taken(scene, reading, found, passing, count)
    chosen, marks, rows, scores = taken.chosen, taken.marks, taken.rows, taken.scores
    works, authors, most = taken.works, taken.authors, taken.most
    alike = _likeness(scene, found.books)
    lost = [0.0] * len(scores)
    open_places, left_over = list(range(len(scores))), []
    while open_places and len(chosen) < count:
        place = open_places[0]
        if lost[place]:
            place = _next_place(open_places, scores, lost)
        open_places.remove(place)
        work, series, author, _ = marks[place]
        if series == NONE and work not in works and (of_author := authors[author]) < most:
            # What most books are, without a call: nothing stands in the way.
            works.add(work)
            authors[author] = of_author + 1
            chosen.append((rows[place], scores[place], place, "", NONE))
        elif not taken.take(place):
            left_over.append(place)
            continue
        for other, cosine in alike.get(place, ()):
            if sameness * cosine > lost[other]:  # noqa: PLR1730 # max() takes thrice as long
                lost[other] = sameness * cosine
    for place in left_over:
        if len(chosen) == count:
            break
        taken.take(place, crowded=True)
    return taken


def _next_place(open_places: list[int], scores: list[float], lost: list[float]) -> int:
    """Scores fall along the places, so that few are looked at before none can be better."""
    best, most = open_places[0], -1.0
    for place in open_places:
        score = scores[place]
        if score <= most:
            break
        if score - lost[place] > most:
            best, most = place, score - lost[place]
    return best


def _likeness(
    scene: Scene, books: NDArray[np.signedinteger[Any]]
) -> dict[int, list[tuple[int, float]]]:
    """By place: the other places whose books are alike, and the cosine of their content."""
    ids, cosines, of = scene.alike.nearest(books, ALIKE)
    slots = scene.scratch.slots()
    slots[books] = numbers(len(books))
    slot = slots.take(ids)
    slots[books] = 0
    scene.scratch.give_back_slots(slots)
    hits = ((slot > 0) & (cosines > LEAST_ALIKE)).nonzero()[0]
    found: dict[int, list[tuple[int, float]]] = defaultdict(list)
    places, others = of.take(hits).tolist(), slot.take(hits).tolist()
    for here, there, cosine in zip(places, others, cosines.take(hits).tolist(), strict=True):
        found[here].append((there - 1, cosine))
        found[there - 1].append((here, cosine))
    return found


class Taken:
    """chosen: the books in the order in which they were taken; works, series: those of them and
    the works that were read. rows, scores, marks: of the personal candidates, by place."""

    def __init__(
        self, scene: Scene, reading: Reading, found: Personal, passing: Passing, count: int
    ) -> None:
        self.chosen: list[Chosen] = []
        self.scores: list[float] = found.scores.tolist()
        self.rows: list[int] = found.rows.tolist()
        self.marks: list[list[int]] = scene.marks.take(found.rows, 0).tolist()
        self._scene = scene
        self._reading = reading
        self._passing = passing
        self.most = max(2, count // ONE_AUTHOR_IN)
        self.works = set(reading.works)
        self.series: set[int] = set()
        self.authors: dict[int, int] = defaultdict(int)

    def take(self, place: int, *, crowded: bool = False) -> bool:
        """Take a book, or the volume that stands for it; False where variety or truth forbid it.

        crowded: never mind how often its author or a series not begun came.
        """
        work, series, author, _ = self.marks[place]
        if series != NONE:
            is_begun = series in self._reading.series
            if series in self.series and (is_begun or not crowded):
                return False
            known = begun(self._scene, self._reading, series) if is_begun else None
            if known and known.following != NONE:
                return self._take_next(place, known)
        if work in self.works:
            return False
        if not crowded and author != NONE and self.authors[author] >= self.most:
            return False
        self.works.add(work)
        self.series.add(series)
        self.authors[author] += 1
        self.chosen.append((self.rows[place], self.scores[place], place, "", NONE))
        return True

    def _take_next(self, place: int, known: Begun) -> bool:
        _, series, author, _ = self.marks[place]
        row = known.following
        work = self._scene.work(row)
        if row in self._reading.owned or work in self.works:
            return False
        if not self._passing.of(np.array([row], np.int32))[0]:
            return False
        self.works.add(work)
        self.series.add(series)
        self.authors[author] += 1
        name = self._scene.view.snapshot.vocabularies["series"].name(series)
        self.chosen.append((row, self.scores[place], NONE, f"Next in {name}", known.last))
        return True
