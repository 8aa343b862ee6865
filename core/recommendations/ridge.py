"""The local ridge: each book predicted by a ridge regression on the books closest to it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from core.recommendations.cooccurrence import Cooccurrence
from core.recommendations.neighbours import Neighbours, keep_largest

BATCH = 64
"""Systems handed to LAPACK at once: the call costs more than solving one."""

THREADS = 2
"""Batches solved side by side: NumPy works outside the interpreter's lock meanwhile."""


def local_ridge(
    counts: Cooccurrence,
    *,
    predictors: int,
    penalty: float,
    keep: int,
    progress: Callable[[float], None],
) -> Neighbours:
    """Solve (G_cc + penalty · I) w = g_c for each book, c being its closest `predictors`.

    Returns what each book says about others: w of target t stands in the lists of its
    predictors, the `keep` largest of each list. Run with one BLAS thread: with more, threads
    wait for one another longer than they compute; batches are solved side by side instead.
    Source: the neighbourhood of fsSLIM (Ning & Karypis, ICDM 2011) with a ridge penalty.
    """
    ladder = ridge_ladder(
        counts, predictors=predictors, penalties=(penalty,), keep=keep, progress=progress
    )
    return ladder[penalty]


def ridge_ladder(
    counts: Cooccurrence,
    *,
    predictors: int,
    penalties: Sequence[float],
    keep: int,
    progress: Callable[[float], None],
) -> dict[float, Neighbours]:
    """The local ridge of several penalties, by penalty: gathering a system, which costs more than
    solving it, is done once for all."""
    books, width = counts.partners.shape
    size = min(predictors, width)
    cosines = counts.cosines()
    chosen = np.full((books, size), -1, np.int32)
    solved = np.zeros((len(penalties), books, size), np.float32)
    met = np.flatnonzero(counts.partners[:, 0] >= 0)
    batches = [met[first : first + BATCH] for first in range(0, len(met), BATCH)]

    def solve(batch: NDArray[np.int64]) -> None:
        solved[:, batch] = _solved(counts, cosines, batch, chosen, penalties)

    with ThreadPoolExecutor(THREADS) as pool:
        for done, _ in enumerate(pool.map(solve, batches), 1):
            progress(done / len(batches))
    return {
        penalty: _by_predictor(chosen, weights, keep)
        for penalty, weights in zip(penalties, solved, strict=True)
    }


def _solved(
    counts: Cooccurrence,
    cosines: NDArray[np.float32],
    batch: NDArray[np.int64],
    chosen: NDArray[np.int32],
    penalties: Sequence[float],
) -> NDArray[np.float32]:
    """(penalties, batch, size) weights; fills the batch's rows of `chosen`, its predictors."""
    size = chosen.shape[1]
    steps = np.arange(size)
    scratch = np.full(len(chosen) + 1, -1, np.int32)
    systems = np.zeros((len(batch), size, size), np.float32)
    sides = np.zeros((len(batch), size, 1), np.float32)
    # Rows without a predictor solve 1 · w = 0.
    diagonal, real = np.ones((2, len(batch), size), np.float32)
    real[:] = 0
    for row, book in enumerate(batch.tolist()):
        at = _closest(counts.partners[book], cosines[book], size)
        best = chosen[book, : len(at)] = counts.partners[book, at]
        sides[row, : len(at), 0] = counts.together[book, at]
        systems[row, : len(at), : len(at)] = counts.among(best, scratch)
        diagonal[row, : len(at)] = counts.alone[best]
        real[row, : len(at)] = 1
    found = []
    for penalty in penalties:
        systems[:, steps, steps] = diagonal + np.float32(penalty) * real
        found.append(np.linalg.solve(systems, sides)[..., 0])
    return np.stack(found)


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
