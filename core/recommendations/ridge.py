"""The local ridge: each book predicted by a ridge regression on the books closest to it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.recommendations.cooccurrence import Cooccurrence
from core.recommendations.neighbours import Neighbours, keep_largest

BATCH = 64
"""Systems handed to LAPACK at once: the call costs more than solving one."""


def local_ridge(
    counts: Cooccurrence,
    *,
    predictors: int,
    penalty: float,
    keep: int,
    progress: Callable[[float], None],
    targets: NDArray[np.bool_] | None = None,
) -> Neighbours:
    """Solve (G_cc + penalty · I) w = g_c for each book, c being its closest `predictors`.

    Returns what each book says about others: w of target t stands in the lists of its
    predictors, the `keep` largest of each list. targets: (books,) bool,
    solve for these alone. Run with one BLAS thread: with more, threads
    wait for one another longer than they compute.
    Source: the neighbourhood of fsSLIM (Ning & Karypis, ICDM 2011) with a ridge penalty.
    """
    books, width = counts.partners.shape
    size = min(predictors, width)
    cosines = counts.cosines()
    scratch = np.full(books + 1, -1, np.int32)
    steps = np.arange(size)
    chosen = np.full((books, size), -1, np.int32)
    solved = np.zeros((books, size), np.float32)
    solvable = counts.partners[:, 0] >= 0
    met = np.flatnonzero(solvable if targets is None else solvable & targets)
    for first in range(0, len(met), BATCH):
        batch = met[first : first + BATCH]
        systems = np.zeros((len(batch), size, size), np.float32)
        sides = np.zeros((len(batch), size, 1), np.float32)
        # Rows without a predictor solve 1 · w = 0.
        diagonal = np.ones((len(batch), size), np.float32)
        for row, book in enumerate(batch.tolist()):
            at = _closest(counts.partners[book], cosines[book], size)
            best = chosen[book, : len(at)] = counts.partners[book, at]
            sides[row, : len(at), 0] = counts.together[book, at]
            systems[row, : len(at), : len(at)] = counts.among(best, scratch)
            diagonal[row, : len(at)] = counts.alone[best] + penalty
        systems[:, steps, steps] = diagonal
        solved[batch] = np.linalg.solve(systems, sides)[..., 0]
        progress((first + len(batch)) / len(met))
    return _by_predictor(chosen, solved, keep)


def _closest(
    partners: NDArray[np.int32], cosines: NDArray[np.float32], size: int
) -> NDArray[np.intp]:
    known = int(np.searchsorted(partners == -1, True))
    if known <= size:
        return np.arange(known)
    return np.sort(np.argpartition(cosines[:known], known - size)[-size:])


def _by_predictor(chosen: NDArray[np.int32], solved: NDArray[np.float32], keep: int) -> Neighbours:
    books, size = chosen.shape
    source, weight = chosen.ravel(), solved.ravel()
    target = np.repeat(np.arange(books, dtype=np.int32), size)
    real = (source >= 0) & (weight != 0)
    return keep_largest(source[real], target[real], weight[real], books=books, keep=keep)
