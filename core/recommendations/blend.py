"""The page for one reader: most of it from his own history, the rest from the crowd."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from core.recommendations.crowd import CROWD_DAYS, GLANCE, popular_rows, trending_rows
from core.recommendations.diversity import considered, personal_choice
from core.recommendations.history import History
from core.recommendations.mix import USUAL, Mix
from core.recommendations.personal import Personal, personal
from core.recommendations.pick import Chosen, Pick
from core.recommendations.reading import Reading, reading_of
from core.recommendations.reasons import crowd_pick, personal_pick, spokesmen
from core.recommendations.scene import Scene
from core.search.columns import NONE
from core.search.filters import Passing
from core.search.request import Filters


class _FromCrowd(NamedTuple):
    """part: in [0, 1], how much the crowd wants it. word: "Popular" or "Trending"."""

    row: int
    part: float
    word: str
    work: int
    series: int


def reader_picks(
    scene: Scene, history: History, filters: Filters, size: int, mix: Mix = USUAL
) -> list[Pick]:
    """Best score first; score = 0.7 × personal part + 0.3 × the crowd's part, both in [0, 1];
    mix may set other shares.

    How many come from where is fixed, the order is that of the scores. Where one side has too
    few books the other fills up. Without a history that the model knows: the crowd alone.
    """
    passing = Passing(scene.view, filters)
    reading = reading_of(scene, history, asked_categories(scene, filters))
    places = round(mix.personal * size)
    found = personal(scene, reading, passing, considered(places)) if places else None
    if found is None:
        crowd = _crowd(scene, reading, passing, size, [])
        return _best_first([_crowd_pick(scene, reading, one, one.part) for one in crowd])
    own = personal_choice(scene, reading, found, passing, places, sameness=mix.sameness)
    crowd = _crowd(scene, reading, passing, size - len(own), own)
    if len(own) + len(crowd) < size:
        own = personal_choice(
            scene, reading, found, passing, size - len(crowd), sameness=mix.sameness
        )
        taken = {int(scene.works[chosen.row]) for chosen in own}
        crowd = [one for one in crowd if int(scene.works[one.row]) not in taken]
    return _best_first(_blended(scene, reading, found, own, crowd, share=mix.personal))


def asked_categories(scene: Scene, filters: Filters) -> frozenset[int]:
    """The codes of the categories that were asked for."""
    if not filters.category:
        return frozenset()
    vocabulary = scene.view.snapshot.vocabularies["category"]
    return frozenset(vocabulary.code(name) for name in filters.category)


def _blended(
    scene: Scene,
    reading: Reading,
    found: Personal,
    own: list[Chosen],
    crowd: list[_FromCrowd],
    *,
    share: float,
) -> list[Pick]:
    """Both kinds with their whole scores, from one look at what the history said.

    Picks of the crowd are without their reason. share: of the personal part in a score.
    """
    places = [chosen.place for chosen in own if chosen.place != NONE]
    books = found.books[places]
    others = scene.book_of[[one.row for one in crowd]]
    known = others != NONE
    said = found.said(scene, np.concatenate((books, others[known])))
    spoke = zip(
        spokesmen(reading, found, said[: len(places)]), scene.readers[books].tolist(), strict=True
    )
    popularity = scene.view.snapshot.columns.popularity[[chosen.row for chosen in own]].tolist()
    picks = []
    for (row, part, place, reason, because), popular in zip(own, popularity, strict=True):
        score = share * part + (1 - share) * popular
        if place == NONE:
            picks.append(Pick(row, score, reason, because))
        else:
            picks.append(personal_pick(scene, reading, (row, score), *next(spoke)))
    # Of a crowd's book that the reader's own books argue against, nothing is taken away.
    parts = np.zeros(len(crowd))
    parts[known] = said[len(places) :].sum(axis=1).clip(0, 1)
    for one, part in zip(crowd, parts.tolist(), strict=True):
        picks.append(_crowd_pick(scene, reading, one, share * part + (1 - share) * one.part))
    return picks


def _best_first(picks: list[Pick]) -> list[Pick]:
    return sorted(picks, key=lambda pick: (-pick.score, pick.row))


def _crowd_pick(scene: Scene, reading: Reading, one: _FromCrowd, score: float) -> Pick:
    return crowd_pick(scene, reading, one.row, score, word=one.word)


def _crowd(
    scene: Scene, reading: Reading, passing: Passing, count: int, beside: list[Chosen]
) -> list[_FromCrowd]:
    """Trending and popular in turn: no work or series that was read or stands beside."""
    column, works = scene.view.snapshot.columns.series, scene.works
    rows = [chosen.row for chosen in beside]
    taken = {*reading.works, *works[rows].tolist()}
    series = {*reading.series, *column[rows].tolist()} - {NONE}
    found: list[_FromCrowd] = []
    for one in _in_turn(scene, passing):
        if len(found) == count:
            break
        if one.row in reading.owned or one.work in taken or one.series in series:
            continue
        taken.add(one.work)
        if one.series != NONE:
            series.add(one.series)
        found.append(one)
    return found


def _in_turn(scene: Scene, passing: Passing) -> Iterator[_FromCrowd]:
    """Trending, popular, trending, …"""
    if not passing.unfiltered:
        yield from _turns(scene, passing)
        return
    # Without filters the front is the same for everybody.
    front = scene.keep("crowd", lambda: list(islice(_turns(scene, passing), GLANCE)))
    yield from front
    if len(front) == GLANCE:
        yield from islice(_turns(scene, passing), GLANCE, None)


def _turns(scene: Scene, passing: Passing) -> Iterator[_FromCrowd]:
    columns, works = scene.view.snapshot.columns, scene.works
    trending = trending_rows(scene, passing, CROWD_DAYS)

    def placed(row: int, part: float, word: str) -> _FromCrowd:
        return _FromCrowd(row, part, word, int(works[row]), int(columns.series[row]))

    for row in popular_rows(scene, passing):
        if (trend := next(trending, None)) is not None:
            yield placed(*trend, "Trending")
        yield placed(row, float(columns.popularity[row]), "Popular")
    for trend in trending:
        yield placed(*trend, "Trending")
