"""Books that nobody has read yet: reached from the books they are alike."""

import numpy as np
from numpy.typing import NDArray

from core.recommendations.neighbours import Neighbours, keep_largest

FEW_READERS = 3
"""A book with fewer readers than this has lists that chance wrote."""

LIKENESS_WEIGHT = 0.1
"""What a cosine of 1 counts in the units of the item model, whose strong links weigh 0.1-0.3."""


def reach_unread(
    neighbours: Neighbours, content: Neighbours, readers: NDArray[np.int32], *, keep: int
) -> Neighbours:
    """Add links between little-read books and those alike, in both directions.

    So a new book is recommended to readers of books like it, and says something of others
    when it is somebody's only book. Books with enough readers keep their lists.
    """
    books = len(readers)
    few = readers < FEW_READERS
    source = np.repeat(np.arange(books, dtype=np.int32), np.diff(content.start))
    new = few[source] | few[content.ids]
    known = np.repeat(np.arange(books, dtype=np.int32), np.diff(neighbours.start))
    added = (LIKENESS_WEIGHT * content.weights[new]).astype(np.float32)
    return keep_largest(
        *_strongest(
            np.concatenate([known, source[new]]),
            np.concatenate([neighbours.ids, content.ids[new]]),
            np.concatenate([neighbours.weights.astype(np.float32), added]),
        ),
        books=books,
        keep=keep,
    )


def _strongest(
    source: NDArray[np.int32], target: NDArray[np.int32], weight: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """One entry a pair: the one of the largest weight."""
    order = np.lexsort((-weight, target, source))
    source, target, weight = source[order], target[order], weight[order]
    new = np.ones(len(source), np.bool_)
    new[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
    return source[new], target[new], weight[new]
