"""What many readers want: of late by window, and over all time by units sold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommendations.interactions import Interactions

WINDOW_DAYS = (1, 7, 30)
SECONDS_A_DAY = 86_400


def trending(interactions: Interactions, books: int, days: int) -> NDArray[np.float32]:
    """(books,) float32 in [0, 1]: strength of the last `days`, an act halving in half of them.

    Days count back from the newest interaction, so that a quiet shop still has a trend.
    """
    newest = int(interactions.seconds.max(initial=0))
    age_days = (newest - interactions.seconds) / SECONDS_A_DAY
    recent = age_days < days
    decayed = interactions.strength[recent] * 0.5 ** (age_days[recent] / (days / 2))
    # Whole thousandths: the sum is the same in whatever order the rows come.
    summed = np.bincount(interactions.book[recent], np.rint(1_000 * decayed), books)
    return _share_of_largest(summed)


def _share_of_largest(values: NDArray[np.floating[Any] | np.integer[Any]]) -> NDArray[np.float32]:
    """(n,) float32 in [0, 1]; all 0 where no value is above 0."""
    top = float(values.max(initial=0))
    return (values / top if top > 0 else np.zeros(len(values))).astype(np.float32)


def ranking(values: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    """The `count` largest values above 0: their positions, largest first, ties by lower one."""
    found = np.flatnonzero(values > 0)
    if len(found) > count:
        threshold = np.partition(values[found], len(found) - count)[-count]
        found = found[values[found] >= threshold]
    order = np.lexsort((found, -values[found]))[:count]
    return found[order].astype(np.int32)
