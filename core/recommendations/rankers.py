"""Rankers: what evaluation asks for the books that a history leads to."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.recommendations.evaluation import RANKED, Ranker
from core.recommendations.fold_in import Lists
from core.recommendations.interactions import STRENGTH_UNITS
from core.recommendations.model import Model
from core.recommendations.neighbours import Neighbours
from core.recommendations.popularity import ranking
from core.recommendations.voices import Voices


def voices_ranker(voices: Voices, cut: int = RANKED) -> Ranker:
    """Rank books by all that speaks for them, as serving does."""

    def rank(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.int32]:
        scores = voices.scores(history, (strengths / STRENGTH_UNITS).astype(np.float32))
        scores[history] = 0
        return ranking(scores, cut)

    return rank


def item_ranker(neighbours: Neighbours, recency: float, cut: int = RANKED) -> Ranker:
    """Rank books by the lists of the history alone."""
    return voices_ranker(Voices(Lists(neighbours), recency), cut)


def crowd_ranker(values: NDArray[np.float32], cut: int = RANKED) -> Ranker:
    """Rank books by one value a book, the same for everybody: popularity, a trend."""
    ranked = ranking(values, len(values))

    def rank(history: NDArray[np.int32], _: NDArray[np.int32]) -> NDArray[np.int32]:
        front = ranked[: cut + len(history)]
        return front[~np.isin(front, history)]

    return rank


def model_ranker(model: Model, hi: NDArray[np.uint64], lo: NDArray[np.uint64]) -> Ranker:
    """A published model over books numbered otherwise: (books,) halves of their ids."""
    place = model.ordinals_of(hi, lo)
    number = np.full(len(model.hi), -1, np.int32)
    known = np.flatnonzero(place >= 0)
    number[place[known]] = known
    rank_there = voices_ranker(model.voices())

    def rank(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.int32]:
        there = place[history]
        ranked = number[rank_there(there[there >= 0], strengths[there >= 0])]
        return ranked[ranked >= 0]

    return rank


def among(
    scores: Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.float32]],
    chosen: NDArray[np.bool_],
    cut: int = RANKED,
) -> Ranker:
    """Rank the chosen books alone, by scores of a history and its strengths."""

    def rank(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.int32]:
        return ranking(np.where(chosen, scores(history, strengths), np.float32(0)), cut)

    return rank
