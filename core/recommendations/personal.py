"""What the item model says to one reader, as rows of the index and open to questions of why."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.fold_in import Told
from core.recommendations.reading import Reading
from core.recommendations.scene import Scene
from core.recommendations.scoring import Best, Wanted, best_of, give_back
from core.search.columns import NONE
from core.search.request import Filters

EVENTS_FOLDED = 100
"""Newest books of a history that speak; more would cost time and hardly say more."""


class Personal(Struct, frozen=True, eq=False):
    """The best books for a reader, best first, ties by lower row.

    books: (c,) ordinals of the model; rows: (c,) int32 of the index; scores: (c,) float32
    in (0, 1], the first being 1. top: what 1 stands for. spoke: (h,) the history's entry
    behind each one that was folded in.
    """

    books: NDArray[np.signedinteger[Any]]
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    top: float
    told: Told
    spoke: Sequence[int]
    best: Best

    def said(self, scene: Scene, books: NDArray[np.signedinteger[Any]]) -> NDArray[np.float64]:
        """(k, h + 1): what each entry of the history that spoke says for some of the best books,
        and last what the crowd does, in units of the model: rows add up to the books' totals."""
        slots = scene.scratch.slots()
        said = self.told.matrix(books, slots, self.best.among)
        scene.scratch.give_back_slots(slots)
        return said

    def close(self, scene: Scene) -> None:
        """Nothing is asked any more."""
        give_back(self.best, self.told, scene.scratch)


def personal(scene: Scene, reading: Reading, filters: Filters, count: int) -> Personal | None:
    """The `count` best books from the history; None where the model says nothing of any."""
    model, history = scene.model, reading.history
    if model is None or not len(history.books):
        return None
    ordinals = reading.ordinals[:EVENTS_FOLDED]
    weights = scene.voices.weights(history.strengths[: len(ordinals)])
    spoke: Sequence[int] = range(len(ordinals))
    if ordinals.min() == NONE:
        known = np.flatnonzero(ordinals != NONE)
        ordinals, weights, spoke = ordinals[known], weights[known], known.tolist()
    if not spoke:
        return None
    told = scene.voices.told(ordinals, weights)
    if told.ids.dtype != np.intp:  # the type that NumPy indexes by: they index again and again
        told = told._replace(ids=told.ids.astype(np.intp))
    best = best_of(told, _wanted(scene, reading, filters, count), scene.scratch)
    if not len(best.books):
        give_back(best, told, scene.scratch)
        return None
    rows = scene.row_of.take(best.books)
    order = np.lexsort((rows, -best.scores))[:count]
    scores = best.scores.take(order)
    top = float(scores[0])
    scores /= np.float32(top)
    return Personal(best.books.take(order), rows.take(order), scores, top, told, spoke, best)


def _wanted(scene: Scene, reading: Reading, filters: Filters, count: int) -> Wanted:
    worth, owned = scene.worth_under(filters), reading.owned_books
    if worth is not None:
        return Wanted(worth, owned, count)
    row_of, passing = scene.row_of, scene.passing(filters)
    return Wanted(
        scene.worth,
        owned,
        count,
        passes=lambda books: passing.of(row_of.take(books)),
        share=scene.share_of(filters),
    )
