"""From the best-scored books to a row worth looking at: no author, series or work too often."""

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.personal import Personal
from core.recommendations.pick import Chosen
from core.recommendations.reading import Reading
from core.recommendations.scene import Scene
from core.recommendations.series import Begun, begun
from core.search.columns import NONE
from core.search.filters import Passing

LOOKED_AT = 3
"""How many times the wanted number of books is considered."""

ONE_AUTHOR_IN = 7
"""One book in so many may be by the same author, two at least."""

LEAST_ALIKE = 0.15
"""Of a smaller cosine nobody would say that two books are the same."""

ALIKE = 20
"""Books most alike each that are looked at for that: others are hardly alike."""


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
) -> list[Chosen]:
    """The best books, at most one of a series and of a work, few of an author, unlike each other.

    Taken one by one: the next is the one whose score, less sameness × its largest cosine of
    content to one taken, is largest. Of a series that was begun only the next unread volume
    comes, in the place of whichever of its volumes scored best. Where variety leaves too few,
    the best left over fill up. In the order in which they were taken.
    Source: maximal marginal relevance, Carbonell & Goldstein, SIGIR 1998.
    """
    taken = _Taken(scene, reading, passing, count)
    books = _books(scene, found)
    alike = _likeness(scene, found.books)
    lost = [0.0] * len(books)
    open_places, left_over = list(range(len(books))), []
    while open_places and len(taken.chosen) < count:
        place = _next_place(open_places, books, lost)
        open_places.remove(place)
        if not taken.take(books[place]):
            left_over.append(place)
            continue
        for other, cosine in alike.get(place, ()):
            lost[other] = max(lost[other], sameness * cosine)
    for place in left_over:
        if len(taken.chosen) == count:
            break
        taken.take(books[place], crowded=True)
    return taken.chosen


def _next_place(open_places: list[int], books: list["_Book"], lost: list[float]) -> int:
    """Scores fall along the places, so that few are looked at before none can be better."""
    best, most = open_places[0], -1.0
    for place in open_places:
        score = books[place].score
        if score <= most:
            break
        if score - lost[place] > most:
            best, most = place, score - lost[place]
    return best


class _Book(NamedTuple):
    place: int
    row: int
    score: float
    series: int
    work: int
    author: int


def _books(scene: Scene, found: Personal) -> list[_Book]:
    columns, rows = scene.view.snapshot.columns, found.rows
    start, authors = columns.author
    first = start.take(rows)
    author = authors.take(first, mode="clip") if len(authors) else np.full(len(rows), NONE)
    author[start.take(rows + 1) == first] = NONE
    lists = (rows, found.scores, columns.series.take(rows), scene.works.take(rows), author)
    named = zip(range(len(rows)), *(values.tolist() for values in lists), strict=True)
    return [_Book(*book) for book in named]


def _likeness(scene: Scene, books: NDArray[np.int32]) -> dict[int, list[tuple[int, float]]]:
    """By place: the other places whose books are alike, and the cosine of their content."""
    told = scene.alike.nearest(books, ALIKE)
    slots = scene.scratch.slots()
    cosines = told.matrix(books, slots)
    scene.scratch.give_back_slots(slots)
    one, other = (cosines > LEAST_ALIKE).nonzero()
    found: dict[int, list[tuple[int, float]]] = {}
    for here, there, cosine in zip(
        one.tolist(), other.tolist(), cosines[one, other].tolist(), strict=True
    ):
        found.setdefault(here, []).append((there, cosine))
        found.setdefault(there, []).append((here, cosine))
    return found


class _Taken:
    def __init__(self, scene: Scene, reading: Reading, passing: Passing, count: int) -> None:
        self.chosen: list[Chosen] = []
        self._scene = scene
        self._reading = reading
        self._passing = passing
        self._most = max(2, count // ONE_AUTHOR_IN)
        self._works = set(reading.works)
        self._series: set[int] = set()
        self._authors: Counter[int] = Counter()

    def take(self, book: _Book, *, crowded: bool = False) -> bool:
        """Take a book, or the volume that stands for it; False where variety or truth forbid it.

        crowded: never mind how often its author or a series not begun came.
        """
        place, row, score, series, work, author = book
        if series != NONE:
            is_begun = series in self._reading.series
            if series in self._series and (is_begun or not crowded):
                return False
            known = begun(self._scene, self._reading, series) if is_begun else None
            if known and known.following != NONE:
                return self._take_next(book, known)
        if work in self._works:
            return False
        if not crowded and author != NONE and self._authors[author] >= self._most:
            return False
        self._works.add(work)
        self._series.add(series)
        self._authors[author] += 1
        self.chosen.append(Chosen(row, score, place))
        return True

    def _take_next(self, book: _Book, known: Begun) -> bool:
        row = known.following
        work = int(self._scene.works[row])
        if row in self._reading.owned or work in self._works:
            return False
        if not self._passing.of(np.array([row], np.int32))[0]:
            return False
        self._works.add(work)
        self._series.add(book.series)
        self._authors[book.author] += 1
        name = self._scene.view.snapshot.vocabularies["series"].name(book.series)
        self.chosen.append(Chosen(row, book.score, NONE, f"Next in {name}", known.last))
        return True
