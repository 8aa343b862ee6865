"""How popular a book is, from its ratings: in [0, 1], more and better ratings count for more."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

DAMPING = 3.0
"""Ratings of average opinion that every book starts with: few real ones then move it little.

The largest whole number for which popularity never falls when a rating is added (see
`popularity`), whatever the averages.
"""

BEST_RATING = 5.0


class Opinion(Struct, frozen=True):
    """What a store's readers think on the whole.

    mean: average of all ratings, 1 to 5; most: ratings of its most rated book.
    """

    mean: float = 3.9
    most: int = 1000


def opinion(ratings: NDArray[np.floating[Any]], counts: NDArray[np.integer[Any]]) -> Opinion:
    """The opinion of a whole store, from its books' average ratings and rating counts."""
    total = int(counts.sum(dtype=np.int64))
    if total == 0:
        return Opinion()
    return Opinion(float(np.dot(ratings.astype(np.float64), counts) / total), int(counts.max()))


def popularity(
    ratings: NDArray[np.floating[Any]] | Iterable[float],
    counts: NDArray[np.integer[Any]] | Iterable[int],
    store: Opinion,
) -> NDArray[np.float32]:
    """Damped mean rating × logarithm of volume, each as a share of the best possible.

    ratings: average rating of each book, 1 to 5, ignored where the count is 0.
    Returns float32 in [0, 1]: 0 without ratings, never falling as either rises.
    Source: the damped mean of Ekstrand, Riedl and Konstan, "Collaborative Filtering
    Recommender Systems", 2011, section 2.1; volume is scaled by its logarithm because
    rating counts of books are spread over several powers of ten.
    """
    volume = np.asarray(counts, np.float64)
    mean = np.clip(np.asarray(ratings, np.float64), 1.0, BEST_RATING)
    damped = (DAMPING * store.mean + volume * mean) / (DAMPING + volume)
    share = np.log1p(volume) / np.log1p(max(store.most, 1))
    result: NDArray[np.float32] = (damped / BEST_RATING * np.minimum(share, 1)).astype(np.float32)
    return result
