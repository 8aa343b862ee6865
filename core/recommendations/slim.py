"""SLIM: each book as a sparse, non-negative sum of the books closest to it. A baseline."""

import numpy as np
from numpy.typing import NDArray

from core.recommendations.cooccurrence import Cooccurrence
from core.recommendations.neighbours import Neighbours, keep_largest

BATCH = 64
SWEEPS = 12
"""Rounds of coordinate descent: after them no weight moves by a hundredth of the largest."""


def slim(
    counts: Cooccurrence,
    *,
    predictors: int = 100,
    lasso: float = 1.0,
    penalty: float = 10.0,
    keep: int = 100,
) -> Neighbours:
    """Elastic nets on the Gram matrix, by coordinate descent; lasso, penalty in co-readings.

    Source: Ning & Karypis, ICDM 2011, with their selection of features (fsSLIM).
    """
    books, width = counts.partners.shape
    size = min(predictors, width)
    cosines = counts.cosines()
    scratch = np.full(books + 1, -1, np.int32)
    sources, targets, weights = [], [], []
    met = np.flatnonzero(counts.partners[:, 0] >= 0)
    for first in range(0, len(met), BATCH):
        batch = met[first : first + BATCH]
        best = np.argsort(-cosines[batch], axis=1, kind="stable")[:, :size]
        chosen = np.take_along_axis(counts.partners[batch], best, 1)
        sides = np.take_along_axis(counts.together[batch], best, 1) * (chosen >= 0)
        systems = np.zeros((len(batch), size, size), np.float32)
        for row, ids in enumerate(chosen):
            real = int(np.count_nonzero(ids >= 0))
            systems[row, :real, :real] = counts.among(ids[:real], scratch)
        diagonal = np.where(chosen >= 0, counts.alone[chosen], 1).astype(np.float32)
        steps = np.arange(size)
        systems[:, steps, steps] = 0
        solved = _descend(systems, sides, diagonal + np.float32(penalty), np.float32(lasso))
        real_row, real_at = np.nonzero(solved)
        sources.append(chosen[real_row, real_at])
        targets.append(batch[real_row].astype(np.int32))
        weights.append(solved[real_row, real_at])
    return keep_largest(
        np.concatenate(sources), np.concatenate(targets), np.concatenate(weights),
        books=books, keep=keep,
    )  # fmt: skip


def _descend(
    systems: NDArray[np.float32],
    sides: NDArray[np.float32],
    diagonal: NDArray[np.float32],
    lasso: np.float32,
) -> NDArray[np.float32]:
    """(b, k) weights ≥ 0; systems: (b, k, k) without their diagonals."""
    solved = np.zeros_like(sides)
    for _ in range(SWEEPS):
        for place in range(sides.shape[1]):
            rest = sides[:, place] - np.einsum("bk,bk->b", systems[:, place], solved)
            solved[:, place] = np.maximum(rest - lasso, 0) / diagonal[:, place]
    return solved
