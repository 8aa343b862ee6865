"""Item-to-item neighbours by cosine: a baseline, and what steadies a ridge on few counts."""

import numpy as np
from numpy.typing import NDArray

from core.recommendations.cooccurrence import Cooccurrence
from core.recommendations.neighbours import Neighbours, keep_largest

SHRINKAGE = 20.0


def item_neighbours(counts: Cooccurrence, *, keep: int, shrinkage: float = SHRINKAGE) -> Neighbours:
    """The `keep` partners of each book with the largest shrunken cosine, in (0, 1).

    shrinkage: added to the product of both lengths, so that two common readers of two books are
    no proof.
    Source: Deshpande & Karypis, ACM TOIS 22(1), 2004; shrinkage after Bell & Koren, ICDM 2007.
    """
    length = np.sqrt(np.maximum(counts.alone, 1e-9))
    shrunk = counts.together / (length[:, None] * length[counts.partners] + shrinkage)
    real = counts.partners >= 0
    source = np.repeat(np.arange(len(length), dtype=np.int32), real.sum(axis=1))
    return keep_largest(
        source,
        counts.partners[real],
        shrunk[real].astype(np.float32),
        books=len(length),
        keep=keep,
    )


def blended(one: Neighbours, other: Neighbours, share: float, *, keep: int) -> Neighbours:
    """Lists whose weights are one's and `share` times the other's, added up."""
    books = len(one.start) - 1
    pairs = np.concatenate((_pairs(one, books), _pairs(other, books)))
    weights = np.concatenate(
        (one.weights.astype(np.float32), np.float32(share) * other.weights.astype(np.float32))
    )
    order = np.argsort(pairs, kind="stable")
    pairs, weights = pairs[order], weights[order]
    new = np.ones(len(pairs), np.bool_)
    new[1:] = pairs[1:] != pairs[:-1]
    first = np.flatnonzero(new)
    summed = np.add.reduceat(weights, first) if len(first) else weights
    return keep_largest(
        (pairs[first] // books).astype(np.int32),
        (pairs[first] % books).astype(np.int32),
        summed,
        books=books,
        keep=keep,
    )


def _pairs(lists: Neighbours, books: int) -> NDArray[np.int64]:
    source = np.repeat(np.arange(books, dtype=np.int64), np.diff(lists.start))
    return source * books + lists.ids
