"""How often readers of one book also read another, kept for each book's closest partners."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.interactions import STRENGTH_UNITS, Interactions
from core.recommendations.products import gram_blocks, group, largest


class Cooccurrence(NamedTuple):
    """The strongest entries of the Gram matrix XᵀX, X being readers × books.

    partners: (n, width) int32, ascending ids, then -1; together: (n, width) float32, the sum
    over readers of the product of both strengths; alone: (n,) float32, the diagonal.
    """

    partners: NDArray[np.int32]
    together: NDArray[np.float32]
    alone: NDArray[np.float32]

    def cosines(self) -> NDArray[np.float32]:
        """(n, width) float32 in [0, 1], 0 where there is no partner."""
        scale = (1 / np.sqrt(np.maximum(self.alone, 1e-9))).astype(np.float32)
        return self.together * scale[:, None] * scale[self.partners]


def count_together(
    interactions: Interactions, books: int, width: int, progress: Callable[[float], None]
) -> Cooccurrence:
    """Count co-occurrence, keeping for each book its `width` closest partners by cosine.

    progress hears the share that is done. Memory: one block and the result.
    """
    reader, book, strength, _ = interactions
    width = max(1, min(width, books - 1))
    by_book = group(book, reader, strength, books)
    by_reader = group(reader, book, strength, int(reader.max(initial=-1)) + 1)
    alone = np.bincount(book, strength.astype(np.float64) ** 2, books)
    scale = 1 / np.sqrt(np.maximum(alone, 1))
    partners = np.full((books, width), -1, np.int32)
    together = np.zeros((books, width), np.float32)
    for first, block in gram_blocks(by_book, by_reader):
        for row, counts in enumerate(block, first):
            counts[row] = 0
            best = largest(counts * scale, width)
            partners[row, : len(best)] = best
            together[row, : len(best)] = counts[best] / STRENGTH_UNITS**2
        progress((first + len(block)) / books)
    return Cooccurrence(partners, together, (alone / STRENGTH_UNITS**2).astype(np.float32))
