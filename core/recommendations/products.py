"""A sparse matrix times its own transpose, in dense blocks that fit any memory."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK_CELLS = 1_000_000
"""Cells of one dense block: 8 MB of float64, which stays in the cache and in the allocator."""


class Grouped(NamedTuple):
    """A sparse matrix by rows: row r holds (values, weights)[start[r] : start[r + 1]]."""

    start: NDArray[np.int64]
    values: NDArray[np.int32]
    weights: NDArray[np.int32]


def group(
    rows: NDArray[np.int32], values: NDArray[np.int32], weights: NDArray[np.int32], count: int
) -> Grouped:
    """Order entries by row, 0 ≤ row < count, and within a row by value."""
    order = np.lexsort((values, rows))
    start = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=count), out=start[1:])
    return Grouped(start, values[order], weights[order])


def ranges(first: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Concatenate first[i], first[i] + 1, … (length[i] of them) over all i."""
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    positions: NDArray[np.int64] = np.arange(total) + np.repeat(first - (ends - length), length)
    return positions


def gram_blocks(
    by_book: Grouped, by_feature: Grouped
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Yield books and their rows of the Gram matrix: (k,) and (k, books) float64.

    by_book holds (feature, weight) and by_feature (book, weight) of the same entries; a book
    without any is left out, its row being 0. Weights are whole numbers, so every sum is exact
    and no order of the entries changes a bit of it.
    """
    books = len(by_book.start) - 1
    filled = np.flatnonzero(np.diff(by_book.start))
    rows = max(1, BLOCK_CELLS // max(books, 1))
    for first in range(0, len(filled), rows):
        chosen = filled[first : first + rows]
        yield chosen, _block(by_book, by_feature, chosen)


def _block(by_book: Grouped, by_feature: Grouped, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    books = len(by_book.start) - 1
    lengths = by_book.start[chosen + 1] - by_book.start[chosen]
    entries = ranges(by_book.start[chosen], lengths)
    features, weights = by_book.values[entries], by_book.weights[entries]
    sizes = np.diff(by_feature.start)[features]
    at = ranges(by_feature.start[features], sizes)
    row = np.repeat(np.arange(len(chosen)), lengths)
    cell = np.repeat(row * books, sizes) + by_feature.values[at]
    products = np.repeat(weights.astype(np.float64), sizes) * by_feature.weights[at]
    summed = np.bincount(cell, products, len(chosen) * books).astype(np.float64, copy=False)
    return summed.reshape(len(chosen), books)


def largest(values: NDArray[np.floating[Any]], count: int, least: float = 0.0) -> NDArray[np.int64]:
    """Positions of the `count` largest values above `least`, ascending by position."""
    found = np.flatnonzero(values > least)
    if len(found) <= count:
        return found
    best = np.argpartition(values[found], len(found) - count)[-count:]
    return np.sort(found[best])
