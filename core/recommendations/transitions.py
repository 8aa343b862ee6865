"""What readers read next: directed co-occurrence, for shops that know when things were done."""

import numpy as np
from numpy.typing import NDArray

from core.recommendations.evaluation import scramble
from core.recommendations.interactions import STRENGTH_UNITS, Interactions
from core.recommendations.neighbours import Neighbours, keep_largest

WINDOW = 10
"""Books read after one that count as its followers, the nth for 1 / n."""

SHRINKAGE = 5.0
"""Added to what a book is divided by, so that one reader's order is no proof."""


MOST_ACTS = 2_000_000
"""More would take gigabytes: each act makes up to ten pairs."""


def knows_order(acts: Interactions) -> bool:
    """Whether times tell of most acts of a reader which of two that follow came first.

    Of ratings imported in one go they do not: what is called newest is decided by a hash.
    """
    order = np.lexsort((acts.seconds, acts.reader))
    reader, seconds = acts.reader[order], acts.seconds[order]
    same = reader[1:] == reader[:-1]
    return bool(same.any() and np.mean(seconds[1:][same] > seconds[:-1][same]) > 0.5)


def next_books(acts: Interactions, books: int, *, keep: int) -> Neighbours:
    """For each book the `keep` that most often follow it within ten: weights in (0, 1).

    A follower n books later counts its strength / n; a weight is the shrunken cosine of those
    counts. Of very many acts those of some readers are counted.
    Source: the weighted sequential rules of Ludewig & Jannach, UMUAI 28, 2018.
    """
    if len(acts.book) > MOST_ACTS:
        acts = acts.where(
            scramble(acts.reader.astype(np.uint64)) % np.uint64(len(acts.book))
            < np.uint64(MOST_ACTS)
        )
    order = np.lexsort((acts.book, acts.seconds, acts.reader))
    reader, book = acts.reader[order], acts.book[order].astype(np.int64)
    strength = acts.strength[order] / STRENGTH_UNITS
    pairs, counts = np.zeros(0, np.int64), np.zeros(0)
    for distance in range(1, min(WINDOW, max(len(book) - 1, 0)) + 1):
        same = np.flatnonzero(reader[distance:] == reader[:-distance])
        found = book[same] * books + book[same + distance]
        pairs, counts = _added(
            np.concatenate((pairs, found)),
            np.concatenate((counts, strength[same + distance] / distance)),
        )
    source, target = np.divmod(pairs, max(books, 1))
    left = np.bincount(source, counts, books)
    reached = np.bincount(target, counts, books)
    weights = counts / (np.sqrt(left[source] * reached[target]) + SHRINKAGE)
    return keep_largest(
        source.astype(np.int32),
        target.astype(np.int32),
        weights.astype(np.float32),
        books=books,
        keep=keep,
    )


def _added(
    pairs: NDArray[np.int64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Distinct pairs, ascending, with the sums of their counts."""
    order = np.argsort(pairs, kind="stable")
    pairs, counts = pairs[order], counts[order]
    new = np.ones(len(pairs), np.bool_)
    new[1:] = pairs[1:] != pairs[:-1]
    first = np.flatnonzero(new)
    return pairs[first], np.add.reduceat(counts, first) if len(first) else counts
