"""The page for one reader: seven tenths from his own history, three tenths from the crowd."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from core.recommendations.crowd import CROWD_DAYS, GLANCE, popular_rows, trending_rows
from core.recommendations.diversity import personal_picks
from core.recommendations.history import History
from core.recommendations.personal import Personal, personal
from core.recommendations.pick import Pick
from core.recommendations.reading import Reading, reading_of
from core.recommendations.reasons import crowd_pick
from core.recommendations.scene import Scene
from core.search.columns import NONE
from core.search.filters import mask
from core.search.request import Filters

PERSONAL = 0.7
CROWD = 0.3


def reader_picks(scene: Scene, history: History, filters: Filters, size: int) -> list[Pick]:
    """Best score first; score = 0.7 × personal part + 0.3 × the crowd's part, both in [0, 1].

    How many come from where is fixed, the order is that of the scores. Where one side has too
    few books the other fills up. Without a history that the model knows: the crowd alone.
    """
    passed = mask(scene.view, filters)
    reading = reading_of(scene, history)
    asked = asked_categories(scene, filters)
    found = personal(scene, reading, passed)
    if found is None:
        crowd = _crowd_picks(scene, reading, passed, asked=asked, count=size, beside=[])
        return _best_first(crowd)
    picks = personal_picks(scene, reading, found, passed, round(PERSONAL * size))
    missing = size - len(picks)
    crowd = _crowd_picks(scene, reading, passed, asked=asked, count=missing, beside=picks)
    if len(picks) + len(crowd) < size:
        picks = personal_picks(scene, reading, found, passed, size - len(crowd))
        taken = {int(scene.works[pick.row]) for pick in picks}
        crowd = [pick for pick in crowd if int(scene.works[pick.row]) not in taken]
    return _ordered(scene, found, picks, crowd)


def asked_categories(scene: Scene, filters: Filters) -> frozenset[int]:
    """The codes of the categories that were asked for."""
    vocabulary = scene.view.snapshot.vocabularies["category"]
    return frozenset(vocabulary.code(name) for name in filters.category)


def _ordered(scene: Scene, found: Personal, picks: list[Pick], crowd: list[Pick]) -> list[Pick]:
    popularity = scene.view.snapshot.columns.popularity
    blended = [
        replace(pick, score=PERSONAL * pick.score + CROWD * float(popularity[pick.row]))
        for pick in picks
    ]
    scores = found.scores_of([pick.row for pick in crowd])
    blended += [
        replace(pick, score=PERSONAL * score + CROWD * pick.score)
        for pick, score in zip(crowd, scores, strict=True)
    ]
    return _best_first(blended)


def _best_first(picks: list[Pick]) -> list[Pick]:
    return sorted(picks, key=lambda pick: (-pick.score, pick.row))


def _crowd_picks(
    scene: Scene,
    reading: Reading,
    passed: NDArray[np.bool_],
    *,
    asked: frozenset[int],
    count: int,
    beside: list[Pick],
) -> list[Pick]:
    """Trending and popular in turn: no work or series that was read or stands beside."""
    column, works = scene.view.snapshot.columns.series, scene.works
    taken = set(reading.works) | {int(works[pick.row]) for pick in beside}
    series = {*reading.series, *(int(column[pick.row]) for pick in beside)} - {NONE}
    picks: list[Pick] = []
    for row, part, word in _in_turn(scene, passed):
        if len(picks) == count:
            break
        work, code = int(works[row]), int(column[row])
        if reading.blocked[row] or work in taken or code in series:
            continue
        taken.add(work)
        if code != NONE:
            series.add(code)
        picks.append(crowd_pick(scene, reading, row, part, word=word, asked=asked))
    return picks


def _in_turn(scene: Scene, passed: NDArray[np.bool_]) -> Iterator[tuple[int, float, str]]:
    """Trending, popular, trending, … rows with their part of the score."""
    if passed is not scene.view.snapshot.alive:
        yield from _turns(scene, passed)
        return
    # Without filters the front is the same for everybody.
    front = scene.keep("crowd", lambda: list(islice(_turns(scene, passed), GLANCE)))
    yield from front
    if len(front) == GLANCE:
        yield from islice(_turns(scene, passed), GLANCE, None)


def _turns(scene: Scene, passed: NDArray[np.bool_]) -> Iterator[tuple[int, float, str]]:
    popularity = scene.view.snapshot.columns.popularity
    trending = ((row, part, "Trending") for row, part in trending_rows(scene, passed, CROWD_DAYS))
    popular = ((row, float(popularity[row]), "Popular") for row in popular_rows(scene, passed))
    for pick in popular:
        if (trend := next(trending, None)) is not None:
            yield trend
        yield pick
    yield from trending
