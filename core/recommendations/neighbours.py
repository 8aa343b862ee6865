"""Lists of weighted neighbours, one a book: what serving gathers."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.products import ranges


class Gathered(NamedTuple):
    """The lists of several books in a row: source[i] says whose list entry i came from."""

    ids: NDArray[np.int32]
    weights: NDArray[np.float32]
    source: NDArray[np.int32]


class Neighbours(NamedTuple):
    """Book b's list is (ids, weights)[start[b] : start[b + 1]], largest weight first.

    start: (n + 1,) int64; ids: (m,) int32; weights: (m,) float16.
    """

    start: NDArray[np.int64]
    ids: NDArray[np.int32]
    weights: NDArray[np.float16]

    def of(self, book: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        entries = slice(self.start[book], self.start[book + 1])
        return self.ids[entries], self.weights[entries].astype(np.float32)

    def gather(self, books: NDArray[np.int32]) -> Gathered:
        first = self.start[books]
        size = self.start[books + 1] - first
        at = ranges(first, size)
        source = np.repeat(np.arange(len(books), dtype=np.int32), size)
        return Gathered(self.ids[at], self.weights[at].astype(np.float32), source)


def keep_largest(
    source: NDArray[np.int32],
    target: NDArray[np.int32],
    weight: NDArray[np.float32],
    *,
    books: int,
    keep: int,
) -> Neighbours:
    """Build lists from (source, target, weight) entries: the `keep` largest in size of a source.

    A negative weight says that readers of one book avoid the other; it stands at the list's end.
    """
    order = np.lexsort((target, -np.abs(weight), source))
    source, target, weight = source[order], target[order], weight[order]
    start = np.searchsorted(source, np.arange(books + 1))
    kept = np.arange(len(source)) - start[source] < keep
    source, target, weight = source[kept], target[kept], weight[kept]
    order = np.lexsort((target, -weight, source))
    start = np.searchsorted(source, np.arange(books + 1)).astype(np.int64)
    return Neighbours(start, target[order], weight[order].astype(np.float16))
