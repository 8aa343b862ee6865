"""What a reader's own history says of every other book, computed when it is asked for."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.neighbours import Neighbours

HALVING_EVENTS = 25
"""Among the newest events first: how many make the decaying part of an event's weight halve."""


class Candidates(NamedTuple):
    """Every book that the history speaks of, and which of its books said so.

    books: (c,) int32 ascending; scores: (c,) float32. Candidate i is the sum of parts[k] for
    k in first[i] : first[i + 1], each said by the history's entry source[k].
    """

    books: NDArray[np.int32]
    scores: NDArray[np.float32]
    first: NDArray[np.int64]
    source: NDArray[np.int32]
    parts: NDArray[np.float32]


def recency_weights(count: int, recency: float) -> NDArray[np.float32]:
    """(count,) float32, newest first: from 1 down to 1 - recency."""
    decay = 0.5 ** (np.arange(count, dtype=np.float32) / HALVING_EVENTS)
    return ((1 - recency) + recency * decay).astype(np.float32)


def fold_in(
    neighbours: Neighbours, books: NDArray[np.int32], weights: NDArray[np.float32]
) -> Candidates:
    """Add up the lists of the history's books: (h,) ordinals and (h,) float32 weights."""
    gathered = neighbours.gather(books)
    # One sort of 64-bit keys puts a book's entries side by side and remembers their places.
    key = gathered.ids.astype(np.int64) << 32 | np.arange(len(gathered.ids))
    key.sort()
    ids, place = (key >> 32).astype(np.int32), key & 0xFFFF_FFFF
    if not len(ids):
        return Candidates(ids, gathered.weights, np.zeros(1, np.int64), ids, gathered.weights)
    source = gathered.source[place]
    parts = gathered.weights[place] * weights[source]
    first = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
    scores = np.add.reduceat(parts, first)
    return Candidates(ids[first], scores, np.append(first, len(ids)), source, parts)
