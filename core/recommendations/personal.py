"""What the item model says to one reader, as rows of the index and open to questions of why."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.fold_in import Candidates, fold_in, recency_weights
from core.recommendations.products import ranges
from core.recommendations.reading import Reading
from core.recommendations.scene import Scene
from core.search.columns import NONE

EVENTS_FOLDED = 100
"""Newest books of a history that speak; more would cost time and hardly say more."""

OUT_OF_STOCK_SHARE = 0.7
"""What is left of the score of a book that cannot be sent at once."""


class Personal(Struct, frozen=True, eq=False):
    """rows: (c,) int32 that may be shown; scores: (c,) float32 in (0, 1], the best being 1.

    readers: (c,) int32, how many the model saw. at: (c,) places among the candidates.
    spoke: (h,) int64, the history's entry behind each one that was folded in.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    readers: NDArray[np.int32]
    at: NDArray[np.int64]
    candidates: Candidates
    spoke: NDArray[np.int64]

    def best(self, count: int) -> NDArray[np.int64]:
        """Places of the best scores, best first, ties by lower row."""
        scores = self.scores
        if len(scores) > count:
            some = np.argpartition(scores, len(scores) - count)[-count:]
        else:
            some = np.arange(len(scores))
        return some[np.lexsort((self.rows[some], -scores[some]))]

    def scores_of(self, rows: list[int]) -> list[float]:
        """0 for a row that nothing of the history speaks of."""
        same = self.rows == np.array(rows, np.int32)[:, None]
        scores: list[float] = np.where(same, self.scores, 0).max(axis=1, initial=0).tolist()
        return scores

    def spokesmen(self, places: NDArray[np.int64], rank: NDArray[np.float64]) -> NDArray[np.int64]:
        """(k,) int64: which entry of the history said the largest part of each score, or NONE.

        rank: (n,) of the history's entries; those ranked higher go before those with larger
        parts, those of 0 are never named. Parts are below 1,000.
        """
        first = self.candidates.first[self.at[places]]
        size = self.candidates.first[self.at[places] + 1] - first
        entries = ranges(first, size)
        said_by = self.spoke[self.candidates.source[entries]]
        parts = self.candidates.parts[entries]
        weight = np.where(parts > 0, parts + 1_000 * rank[said_by], 0) * (rank[said_by] > 0)
        starts = np.cumsum(size) - size
        largest = np.maximum.reduceat(weight, starts) if len(weight) else weight
        best = np.flatnonzero((weight == np.repeat(largest, size)) & (weight > 0))[::-1]
        named = np.full(len(places), NONE, np.int64)
        # Backwards: of equal parts the first, the newest of the history, stays.
        named[np.repeat(np.arange(len(places)), size)[best]] = said_by[best]
        return named


def personal(scene: Scene, reading: Reading, passed: NDArray[np.bool_]) -> Personal | None:
    """Score all books from the history; None where the model knows none of its books.

    passed: (rows,) bool, the living books that may be shown if they were not read.
    """
    model, history = scene.model, reading.history
    if model is None or not len(history.books):
        return None
    newest = history.books[:EVENTS_FOLDED]
    ordinals = model.ordinals_of(newest[:, 0], newest[:, 1])
    spoke = np.flatnonzero(ordinals != NONE)
    if not len(spoke):
        return None
    recency = recency_weights(len(newest), model.parameters.recency)
    weights = (history.strengths[: len(newest)] * recency)[spoke]
    found = fold_in(model.neighbours, ordinals[spoke], weights)
    rows = scene.row_of[found.books]
    at = np.flatnonzero(passed[rows] & ~reading.blocked[rows] & (rows != NONE) & (found.scores > 0))
    rows = rows[at]
    in_stock = scene.view.snapshot.columns.stock[rows] > 0
    scores = found.scores[at] * np.where(in_stock, np.float32(1), np.float32(OUT_OF_STOCK_SHARE))
    top = scores.max(initial=0)
    return Personal(
        rows=rows,
        scores=scores / top if top else scores,
        readers=model.readers[found.books[at]],
        at=at,
        candidates=found,
        spoke=spoke,
    )
