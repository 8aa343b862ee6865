"""Implicit-feedback matrix factorisation by alternating least squares. A baseline."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.recommendations.interactions import STRENGTH_UNITS, Interactions
from core.recommendations.products import Grouped, group

CELLS = 2_000_000
"""Of one batch's gathered factors: 8 MB of float32."""


def als(
    seen: Interactions,
    books: int,
    *,
    factors: int = 64,
    penalty: float = 0.1,
    confidence: float = 20.0,
    rounds: int = 8,
    seed: int = 0,
) -> Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.float32]]:
    """Scores of a reader's factors, solved from the history that is asked about.

    confidence: α of an act of full strength. Source: Hu, Koren & Volinsky, ICDM 2008.
    """
    readers = int(seen.reader.max(initial=-1)) + 1
    by_reader = group(seen.reader, seen.book, seen.strength, readers)
    by_book = group(seen.book, seen.reader, seen.strength, books)
    scale = confidence / STRENGTH_UNITS
    rng = np.random.default_rng(seed)
    of_books = (rng.standard_normal((books, factors)) / factors).astype(np.float32)
    for _ in range(rounds):
        of_readers = _solved(of_books, by_reader, scale, penalty)
        of_books = _solved(of_readers, by_book, scale, penalty)
    gram = of_books.T @ of_books + np.float32(penalty) * np.eye(factors, dtype=np.float32)

    def score(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.float32]:
        known = of_books[history]
        weight = (scale * strengths).astype(np.float32)[:, None]
        reader = np.linalg.solve(gram + known.T @ (weight * known), ((1 + weight) * known).sum(0))
        found: NDArray[np.float32] = of_books @ reader
        return found

    return score


def _solved(
    others: NDArray[np.float32], rows: Grouped, scale: float, penalty: float
) -> NDArray[np.float32]:
    """The factors of each row, given those of its entries."""
    factors = others.shape[1]
    gram = others.T @ others + np.float32(penalty) * np.eye(factors, dtype=np.float32)
    found = np.zeros((len(rows.start) - 1, factors), np.float32)
    sizes = np.diff(rows.start)
    # Rows of like length stand in one batch, filled up with nothing.
    order = np.argsort(sizes, kind="stable")
    order = order[sizes[order] > 0]
    first = 0
    while first < len(order):
        most = max(1, CELLS // (factors * int(sizes[order[min(first + 512, len(order) - 1)]])))
        chosen = order[first : first + min(512, most)]
        first += len(chosen)
        width = int(sizes[chosen[-1]])
        at = rows.start[chosen][:, None] + np.arange(width)
        real = np.arange(width) < sizes[chosen][:, None]
        at = np.where(real, at, 0)
        known = others[rows.values[at]] * real[..., None]
        weight = (scale * rows.weights[at]).astype(np.float32)[..., None]
        systems = gram + (known * weight).transpose(0, 2, 1) @ known
        sides = ((1 + weight) * known).sum(axis=1)
        found[chosen] = np.linalg.solve(systems, sides[..., None])[..., 0]
    return found
