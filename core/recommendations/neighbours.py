"""Lists of weighted neighbours, one a book: what serving gathers."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Neighbours(NamedTuple):
    """Book b's list is (ids, weights)[start[b] : start[b + 1]], largest weight first.

    start: (n + 1,) int64; ids: (m,) int32; weights: (m,) float16. An entry of weight 0 says
    nothing: it fills a list up, see `even_lists`.
    """

    start: NDArray[np.int64]
    ids: NDArray[np.int32]
    weights: NDArray[np.float16]

    def of(self, book: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        entries = slice(self.start[book], self.start[book + 1])
        return self.ids[entries], self.weights[entries].astype(np.float32)


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
    Of equal weights the entry given first goes first.
    """
    if np.any(source[1:] < source[:-1]):
        order = np.argsort(source, kind="stable")
        target, weight = target[order], weight[order]
    sizes = np.bincount(source, minlength=books)
    given, start = _ends(sizes).tolist(), _ends(np.minimum(sizes, keep))
    ids = np.empty(start[-1], np.int32)
    kept = np.empty(start[-1], np.float32)
    # A list at a time: to sort all entries at once takes several times as long.
    for entries, place in zip(pairwise(given), pairwise(start.tolist()), strict=True):
        own = slice(*entries)
        best = _largest_first(weight[own], keep)
        ids[slice(*place)] = target[own][best]
        kept[slice(*place)] = weight[own][best]
    return Neighbours(start, ids, kept.astype(np.float16))


def _largest_first(weight: NDArray[np.float32], keep: int) -> NDArray[np.intp]:
    if len(weight) <= keep:
        return np.argsort(-weight, kind="stable")
    best = np.sort(np.argsort(-np.abs(weight), kind="stable")[:keep])
    return best[np.argsort(-weight[best], kind="stable")]


def _ends(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n + 1,) int64: where each of so large pieces begins, and the last ends."""
    found = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=found[1:])
    return found


def even_lists(lists: Neighbours) -> Neighbours:
    """The same with lists of one length: short ones are filled with the book itself, weight 0.

    Serving gathers rows of one length several times as fast.
    """
    books = len(lists.start) - 1
    sizes = np.diff(lists.start)
    width = int(sizes.max(initial=0))
    ids = np.repeat(np.arange(books, dtype=np.int32)[:, None], width, axis=1)
    weights = np.zeros((books, width), np.float16)
    filled = np.arange(width) < sizes[:, None]
    ids[filled] = lists.ids
    weights[filled] = lists.weights
    start = np.arange(books + 1, dtype=np.int64) * width
    return Neighbours(start, ids.ravel(), weights.ravel())


def weakened(lists: Neighbours, share: float) -> Neighbours:
    """The same with every weight times `share`."""
    return lists._replace(weights=(lists.weights * np.float32(share)).astype(np.float16))


def no_lists(books: int) -> Neighbours:
    """An empty list for each book."""
    return Neighbours(np.zeros(books + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float16))
