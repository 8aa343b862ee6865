"""What many readers want, as rows of the index: the part of a page that is not personal."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.recommendations.popularity import WINDOW_DAYS, ranking
from core.recommendations.scene import Scene
from core.recommendations.shelf import DEPTH
from core.search.columns import NONE
from core.search.filters import Passing

CROWD_DAYS = 7

GLANCE = 64
"""Most pages are filled from the very front, so that is looked at first."""


def window_of(days: int) -> int:
    """Which trained window stands for the last `days`: the shortest that covers them."""
    covering = [place for place, window in enumerate(WINDOW_DAYS) if window >= days]
    return covering[0] if covering else len(WINDOW_DAYS) - 1


def popular_rows(scene: Scene, passing: Passing) -> Iterator[int]:
    """Rows that passed, the most popular first; behind them some that nobody rated yet."""
    front = scene.popular.rows
    for part in (front[:GLANCE], front[GLANCE:]):
        yield from part[passing.of(part)].tolist()
    popularity, passed = scene.view.snapshot.columns.popularity, passing.mask()
    if scene.popular.floor:
        behind = np.where(passed & (popularity <= scene.popular.floor), popularity, np.float32(0))
        behind[front] = 0
        yield from ranking(behind, DEPTH).tolist()
    yield from np.flatnonzero(passed & (popularity == 0))[:DEPTH].tolist()


def popular_of_late(scene: Scene, passing: Passing, days: int) -> Iterator[int]:
    """Rows that passed: those that readers turned to in the last days, the most popular first,
    then all others likewise."""
    moved = np.array([row for row, _ in trending_rows(scene, passing, days)], np.int64)
    popularity = scene.view.snapshot.columns.popularity
    yield from moved[np.argsort(-popularity[moved], kind="stable")].tolist()
    late = frozenset(moved.tolist())
    yield from (row for row in popular_rows(scene, passing) if row not in late)


def trending_rows(scene: Scene, passing: Passing, days: int) -> Iterator[tuple[int, float]]:
    """Rows that passed with their trend in (0, 1], most wanted first; none without a model."""
    if scene.model is None:
        return
    window = window_of(days)
    trend, front = scene.model.trending[window], scene.trends[window]
    for part in (front[:GLANCE], front[GLANCE:]):
        yield from _shown(scene, part, trend, passing)
    if len(front) == DEPTH:
        behind = trend.copy()
        behind[front] = 0
        yield from _shown(scene, ranking(behind, len(behind)), trend, passing)


def _shown(
    scene: Scene, ordinals: NDArray[np.int32], trend: NDArray[np.float32], passing: Passing
) -> Iterator[tuple[int, float]]:
    rows = scene.row_of[ordinals]
    placed = rows != NONE
    rows, ordinals = rows[placed], ordinals[placed]
    shown = passing.of(rows)
    return zip(rows[shown].tolist(), trend[ordinals[shown]].tolist(), strict=True)
