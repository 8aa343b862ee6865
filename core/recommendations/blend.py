"""The page for one reader: most of it from his own history, the rest from the crowd."""

from collections.abc import Iterator, Set
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from core.recommendations.crowd import CROWD_DAYS, GLANCE, popular_rows, trending_rows
from core.recommendations.diversity import considered, personal_choice
from core.recommendations.history import History
from core.recommendations.mix import USUAL, Mix
from core.recommendations.personal import Personal, personal
from core.recommendations.pick import Chosen, Pick
from core.recommendations.reading import Reading, reading_of
from core.recommendations.reasons import crowd_reason, personal_reason, spokesmen
from core.recommendations.scene import Scene
from core.recommendations.unread import FEW_READERS
from core.search.columns import NONE
from core.search.filters import Passing
from core.search.request import Filters

_row_of, _score_of = itemgetter(0), itemgetter(1)


class _FromCrowd(NamedTuple):
    """part: in [0, 1], how much the crowd wants it. word: "Popular" or "Trending". book: its
    ordinal in the model, worth: see `Scene`; 0 and 0 where the model has not got it. codes: of
    its categories."""

    row: int
    part: float
    word: str
    work: int
    series: int
    book: int
    worth: float
    codes: list[int]


def reader_picks(
    scene: Scene, history: History, filters: Filters, size: int, mix: Mix = USUAL
) -> list[Pick]:
    """Best score first; score = 0.7 × personal part + 0.3 × the crowd's part, both in [0, 1];
    mix may set other shares.

    How many come from where is fixed, the order is that of the scores. Where one side has too
    few books the other fills up. Without a history that the model knows: the crowd alone.
    """
    if not scene.view.snapshot.living:
        return []
    passing = scene.passing(filters)
    reading = reading_of(scene, history, asked_categories(scene, filters))
    wants = _Crowd(scene, passing, filters)
    places = round(mix.personal * size)
    found = personal(scene, reading, filters, considered(places)) if places else None
    if found is None:
        crowd = wants.beside(reading.works, reading.series, size)
        return _best_first([_crowd_pick(scene, reading, one, one.part) for one in crowd])
    own = personal_choice(scene, reading, found, passing, places, sameness=mix.sameness)
    crowd = wants.beside(own.works, own.series | reading.series, size - len(own.chosen))
    if len(own.chosen) + len(crowd) < size:
        own = personal_choice(
            scene, reading, found, passing, size - len(crowd), sameness=mix.sameness
        )
        crowd = [one for one in crowd if one.work not in own.works]
    picks = _own_picks(scene, reading, found, own.chosen, share=mix.personal)
    picks += _crowd_picks(scene, reading, found, crowd, share=mix.personal)
    found.close(scene)
    return _best_first(picks)


def asked_categories(scene: Scene, filters: Filters) -> frozenset[int]:
    """The codes of the categories that were asked for."""
    if not filters.category:
        return frozenset()
    vocabulary = scene.view.snapshot.vocabularies["category"]
    return frozenset(vocabulary.code(name) for name in filters.category)


def _own_picks(
    scene: Scene, reading: Reading, found: Personal, own: list[Chosen], *, share: float
) -> list[Pick]:
    """share: of the personal part in a score."""
    places = [place for _, _, place, _, _ in own if place != NONE]
    books = found.books.take(np.array(places, np.intp))
    readers = scene.readers.take(books).tolist()
    said = zip(spokesmen(scene, reading, found, books), readers, strict=True)
    known = scene.facts_by_row.because
    rows = np.array([row for row, *_ in own], np.intp)
    popularity = scene.view.snapshot.columns.popularity.take(rows).tolist()
    picks = []
    for (row, part, place, reason, about), popular in zip(own, popularity, strict=True):
        named, why = about, reason
        if place != NONE:
            because, read_by = next(said)
            # What most reasons are, without a call.
            named, why = because[0], known.get(because, "")
            if not why or read_by < FEW_READERS:
                named, why = personal_reason(scene, reading, row, because, read_by)
        picks.append(Pick(row, share * part + (1 - share) * popular, why, named))
    return picks


def _crowd_picks(
    scene: Scene, reading: Reading, found: Personal, crowd: list[_FromCrowd], *, share: float
) -> list[Pick]:
    totals = found.best.totals.take(np.array([one.book for one in crowd], np.intp)).tolist()
    picks = []
    for one, total in zip(crowd, totals, strict=True):
        # Of a crowd's book that the reader's own books argue against, nothing is taken away.
        own = min(max(total * one.worth / found.top, 0.0), 1.0)
        picks.append(_crowd_pick(scene, reading, one, share * own + (1 - share) * one.part))
    return picks


def _best_first(picks: list[Pick]) -> list[Pick]:
    picks.sort(key=_row_of)
    picks.sort(key=_score_of, reverse=True)
    return picks


def _crowd_pick(scene: Scene, reading: Reading, one: _FromCrowd, score: float) -> Pick:
    return Pick(one.row, score, crowd_reason(scene, reading, one.codes, word=one.word))


class _Crowd:
    """Trending and popular in turn, of what filters let through."""

    def __init__(self, scene: Scene, passing: Passing, filters: Filters) -> None:
        self._scene = scene
        self._passing = passing
        self._filters = filters

    def beside(self, works: Set[int], series: Set[int], count: int) -> list[_FromCrowd]:
        """The first `count`: no work or series that was read or stands beside."""
        taken, series = set(works), set(series) - {NONE}
        found: list[_FromCrowd] = []
        for one in self._in_turn():
            if len(found) == count:
                break
            if one.work in taken or one.series in series:
                continue
            taken.add(one.work)
            if one.series != NONE:
                series.add(one.series)
            found.append(one)
        return found

    def _in_turn(self) -> Iterator[_FromCrowd]:
        """Trending, popular, trending, …"""
        # The front is the same for everybody who filters alike.
        front: list[_FromCrowd] = self._scene.keep_filtered(
            "crowd", self._filters, lambda: list(islice(_turns(self._scene, self._passing), GLANCE))
        )
        yield from front
        if len(front) == GLANCE:
            yield from islice(_turns(self._scene, self._passing), GLANCE, None)


def _turns(scene: Scene, passing: Passing) -> Iterator[_FromCrowd]:
    popularity = scene.view.snapshot.columns.popularity
    trending = trending_rows(scene, passing, CROWD_DAYS)

    def placed(row: int, part: float, word: str) -> _FromCrowd:
        work, series, _, _ = scene.marks[row].tolist()
        book, worth = int(scene.book_of[row]), 0.0
        if book != NONE:
            worth = float(scene.worth[book])
        return _FromCrowd(row, part, word, work, series, max(book, 0), worth, scene.codes(row))

    for row in popular_rows(scene, passing):
        if (trend := next(trending, None)) is not None:
            yield placed(*trend, "Trending")
        yield placed(row, float(popularity[row]), "Popular")
    for trend in trending:
        yield placed(*trend, "Trending")
