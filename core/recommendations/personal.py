"""What the item model says to one reader, as rows of the index and open to questions of why."""

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.fold_in import Told
from core.recommendations.reading import Reading
from core.recommendations.scene import Scene
from core.recommendations.scoring import Wanted, best_of
from core.search.columns import NONE
from core.search.filters import Passing

EVENTS_FOLDED = 100
"""Newest books of a history that speak; more would cost time and hardly say more."""


class Personal(Struct, frozen=True, eq=False):
    """The best books for a reader, best first, ties by lower row.

    books: (c,) int32 ordinals of the model; rows: (c,) int32 of the index; scores: (c,) float32
    in (0, 1], the first being 1. top: what 1 stands for. spoke: (h,) int64, the history's entry
    behind each one that was folded in.
    """

    books: NDArray[np.int32]
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    top: float
    told: Told
    spoke: NDArray[np.int64]

    def said(self, scene: Scene, books: NDArray[np.int32]) -> NDArray[np.float32]:
        """(k, h + 1) float32: what each entry of the history that spoke adds to each book's score,
        and last what the crowd does; rows add up to the scores."""
        slots = scene.scratch.slots()
        parts = self.told.matrix(books, slots)
        scene.scratch.give_back_slots(slots)
        parts *= (scene.worth.take(books) / np.float32(self.top))[:, None]
        return scene.voices.by_book(parts, len(self.spoke))


def personal(scene: Scene, reading: Reading, passing: Passing, count: int) -> Personal | None:
    """The `count` best books from the history; None where the model says nothing of any."""
    model, history = scene.model, reading.history
    if model is None or not len(history.books):
        return None
    ordinals = reading.ordinals[: min(EVENTS_FOLDED, len(history.books))]
    spoke = np.flatnonzero(ordinals != NONE)
    if not len(spoke):
        return None
    weights = scene.voices.weights(history.strengths[: len(ordinals)])
    told = scene.voices.told(ordinals[spoke], weights[spoke])
    row_of = scene.row_of

    def passes(books: NDArray[np.signedinteger[Any]]) -> NDArray[np.bool_]:
        return passing.of(row_of.take(books))

    wanted = Wanted(scene.worth, reading.owned_books, None if passing.unfiltered else passes, count)
    books, scores = best_of(told, wanted, scene.scratch)
    if not len(books):
        return None
    rows = row_of.take(books)
    order = np.lexsort((rows, -scores))[:count]
    top = float(scores[order[0]])
    return Personal(books[order], rows[order], scores[order] / np.float32(top), top, told, spoke)
