"""Item-to-item neighbours by cosine: a baseline, and what a book says alone."""

import numpy as np

from core.recommendations.cooccurrence import Cooccurrence
from core.recommendations.neighbours import Neighbours, keep_largest, weakened

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


def levelled(lists: Neighbours, like: Neighbours) -> Neighbours:
    """The same in the units of other lists: their first neighbours weigh alike in the median."""
    own, theirs = _first_weight(lists), _first_weight(like)
    return weakened(lists, theirs / own) if own > 0 and theirs > 0 else lists


def _first_weight(lists: Neighbours) -> float:
    filled = np.diff(lists.start) > 0
    firsts = lists.weights[lists.start[:-1][filled]].astype(np.float32)
    return float(np.median(firsts)) if len(firsts) else 0.0
