"""How often readers of one book also read another, kept for each book's closest partners."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.interactions import STRENGTH_UNITS, Interactions
from core.recommendations.neighbours import Neighbours
from core.recommendations.products import gram_blocks, group, largest

EXACT_BOOKS = 16_000
"""Up to so many books the whole Gram matrix is kept: 1 GB of float32."""

FINE_UNITS = 10
"""Evened strengths are whole thousandths: sums of their products stay exact in any order."""

ROWS_AT_ONCE = 20_000

UNSEEN_SHARE = 0.7
"""A pair that was not kept has a cosine below the least kept one: about this share of it."""


class Cooccurrence(NamedTuple):
    """The Gram matrix XᵀX, X being readers × books: its strongest entries, or all of it.

    partners: (n, width) int32, ascending ids, then -1; together: (n, width) float32, the sum
    over readers of the product of both strengths; alone: (n,) float32, the diagonal;
    least_kept: (n,) float32, no partner that is not listed has a larger cosine; whole: (n, n)
    float32 where the catalogue is small enough, else None.
    """

    partners: NDArray[np.int32]
    together: NDArray[np.float32]
    alone: NDArray[np.float32]
    least_kept: NDArray[np.float32]
    whole: NDArray[np.float32] | None

    def cosines(self) -> NDArray[np.float32]:
        """(n, width) float32 in [0, 1], 0 where there is no partner."""
        scale = (1 / np.sqrt(np.maximum(self.alone, 1e-9))).astype(np.float32)
        return self.together * scale[:, None] * scale[self.partners]

    def among(self, books: NDArray[np.int32], scratch: NDArray[np.int32]) -> NDArray[np.float32]:
        """(k, k) float32 of the Gram matrix: whole[books][:, books], or the best guess at it.

        scratch: (n + 1,) int32 of -1, and so it is again afterwards.
        """
        if self.whole is not None:
            return self.whole[np.ix_(books, books)]
        scratch[books] = np.arange(len(books))
        column = scratch[self.partners[books]]
        scratch[books] = -1
        found = np.zeros((len(books), len(books)), np.float32)
        row, at = np.nonzero(column >= 0)
        found[row, column[row, at]] = self.together[books][row, at]
        # A pair may stand in the list of one of its books alone.
        np.maximum(found, found.T, out=found)
        guess = UNSEEN_SHARE * self.least_kept[books]
        length = np.sqrt(self.alone[books])
        unseen = np.minimum(guess[:, None], guess) * (length[:, None] * length)
        return np.where(found > 0, found, unseen)


def count_together(
    interactions: Interactions,
    books: int,
    width: int,
    progress: Callable[[float], None],
    *,
    evening: float = 0.0,
    exact_books: int = EXACT_BOOKS,
) -> Cooccurrence:
    """Count co-occurrence, keeping for each book its `width` closest partners by cosine.

    evening: 0 counts every pair of books of a reader alike, so that who read ten times as much
    says a hundred times as much; 1 a tenth of that. progress hears the share that is done.
    Memory: one block and the result.
    """
    reader, book, _, _ = interactions
    strength = _evened(interactions, evening)
    units = (STRENGTH_UNITS * FINE_UNITS) ** 2
    width = max(1, min(width, books - 1))
    by_book = group(book, reader, strength, books)
    by_reader = group(reader, book, strength, int(reader.max(initial=-1)) + 1)
    alone = np.bincount(book, strength.astype(np.float64) ** 2, books)
    scale = 1 / np.sqrt(np.maximum(alone, 1))
    partners = np.full((books, width), -1, np.int32)
    together = np.zeros((books, width), np.float32)
    least_kept = np.zeros(books, np.float32)
    whole = np.zeros((books, books), np.float32) if books <= exact_books else None
    for rows, block in gram_blocks(by_book, by_reader):
        if whole is not None:
            whole[rows] = block / units
        for row, counts in zip(rows.tolist(), block, strict=True):
            counts[row] = 0
            best = largest(counts * scale, width)
            partners[row, : len(best)] = best
            together[row, : len(best)] = counts[best] / units
            if len(best) == width:
                least_kept[row] = (counts[best] * scale[best]).min() * scale[row]
        progress(int(rows[-1] + 1) / books)
    diagonal = (alone / units).astype(np.float32)
    return Cooccurrence(partners, together, diagonal, least_kept, whole)


def with_content(counts: Cooccurrence, content: Neighbours, weight: float) -> Cooccurrence:
    """Let books that are alike count as read together `weight` × cosine times more.

    Partners stay those that readers share, so that a list never speaks of readers where there
    are none. Takes `counts` over: its arrays are changed in place.
    """
    books = len(counts.alone)
    pairs, cosines = _alike(content, books)
    if counts.whole is not None:
        counts.whole[pairs // books, pairs % books] += weight * cosines
    for first in range(0, books, ROWS_AT_ONCE):
        partners = counts.partners[first : first + ROWS_AT_ONCE]
        rows = np.arange(first, first + len(partners), dtype=np.int64)[:, None]
        wanted = np.where(partners >= 0, rows * books + partners, -1)
        at = np.searchsorted(pairs, wanted)
        found = pairs.take(at, mode="clip") == wanted if len(pairs) else np.zeros_like(at, np.bool_)
        together = counts.together[first : first + ROWS_AT_ONCE]
        together[found] += weight * cosines[at[found]]
    return counts._replace(alone=(counts.alone + np.float32(weight)).astype(np.float32))


def _alike(content: Neighbours, books: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Pairs as row × books + column, ascending, both ways, and the cosine of each."""
    source = np.repeat(np.arange(books, dtype=np.int64), np.diff(content.start))
    target = content.ids.astype(np.int64)
    pairs = np.concatenate((source * books + target, target * books + source))
    unique, first = np.unique(pairs, return_index=True)
    return unique, np.tile(content.weights.astype(np.float32), 2)[first]


def _evened(interactions: Interactions, evening: float) -> NDArray[np.int32]:
    sizes = np.bincount(interactions.reader)
    mean = sizes[sizes > 0].mean() if len(interactions.reader) else 1.0
    factor = (np.maximum(sizes, 1) / mean) ** (-evening / 2)
    fine = np.rint(FINE_UNITS * interactions.strength * factor[interactions.reader])
    return np.maximum(fine, 1).astype(np.int32)
