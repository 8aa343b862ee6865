"""Training: from interactions and the catalogue's text to the arrays of a model."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.kernel.errors import Conflict
from core.recommendations.content import BookText, content_neighbours
from core.recommendations.cooccurrence import count_together
from core.recommendations.evaluation import CUT, Quality, Ranker, hold_out, measure
from core.recommendations.fold_in import fold_in, recency_weights
from core.recommendations.interactions import STRENGTH_UNITS, Interactions
from core.recommendations.model import ARRAY_TYPES, Parameters
from core.recommendations.neighbours import Neighbours
from core.recommendations.popularity import WINDOW_DAYS, ranking, trending
from core.recommendations.ridge import local_ridge
from core.recommendations.unread import reach_unread


class NothingToTrainOn(Conflict): ...


Progress = Callable[[str, float], None]
"""Hears the stage and the share of it that is done."""

RECENCIES = (0.0, 0.7)


class TrainingSettings(Struct, frozen=True, kw_only=True):
    """What decides a model besides its data."""

    predictors: int = 100
    """Closest books that a book is regressed on."""

    penalty: float = 10.0
    """λ of the ridge, in co-readings: more trusts small counts less."""

    partners: int = 300
    """Co-occurring books remembered for each; at least `predictors`."""

    neighbours_kept: int = 100
    """Length of the lists that serving gathers."""

    content_kept: int = 50
    """Books alike by content that are kept for each."""

    seed: int = 20
    """Chooses the readers whose newest acts are held out."""


class Corpus(NamedTuple):
    """Everything a model is trained on; books in the order of the model, by (lo, hi) of the id.

    hi, lo: (books,) uint64. units: (books,) int64 sold. reader_keys: (readers,) uint64, see
    `evaluation.hold_out`.
    """

    hi: NDArray[np.uint64]
    lo: NDArray[np.uint64]
    texts: Sequence[BookText]
    units: NDArray[np.int64]
    interactions: Interactions
    reader_keys: NDArray[np.uint64]


class Trained(NamedTuple):
    """quality and baseline (popularity) are of acts that the arrays have not seen."""

    arrays: dict[str, NDArray[Any]]
    parameters: Parameters
    quality: Quality
    baseline: Quality
    trained_on: int


def train(corpus: Corpus, settings: TrainingSettings, progress: Progress) -> Trained:
    """Train on all acts but those held out; the same corpus and settings give the same bytes.

    Without a single act the model still knows which books are alike by content. Raises
    NothingToTrainOn for a catalogue without books.
    """
    if not len(corpus.hi):
        raise NothingToTrainOn("the store has no books", remedy="run `bookwheel import` first")
    books, everything = len(corpus.hi), corpus.interactions
    held_out = hold_out(everything, corpus.reader_keys, settings.seed)
    seen = everything.where(~held_out)
    readers = np.bincount(seen.book, minlength=books).astype(np.int32)
    item_model = _item_model(seen, books, settings, progress)
    content = content_neighbours(
        corpus.texts, keep=settings.content_kept, progress=_stage(progress, "content")
    )
    neighbours = reach_unread(item_model, content, readers, keep=settings.neighbours_kept)
    progress("measuring", 0.0)
    parameters, quality = _choose(neighbours, everything, held_out, progress)
    baseline = measure(_popularity_ranker(readers), everything, held_out)
    progress("measuring", 1.0)
    arrays = {
        "books.hi": corpus.hi,
        "books.lo": corpus.lo,
        **_named("neighbours", neighbours),
        **_named("content", content),
        "readers": readers,
        "units": corpus.units,
        "trending": np.stack([trending(everything, books, days) for days in WINDOW_DAYS]),
    }
    typed = {name: arrays[name].astype(kind, copy=False) for name, kind in ARRAY_TYPES.items()}
    return Trained(typed, parameters, quality, baseline, len(seen.book))


def item_ranker(neighbours: Neighbours, recency: float) -> Ranker:
    """Rank books by the history's lists, as serving does."""

    def rank(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.int32]:
        weights = strengths / STRENGTH_UNITS * recency_weights(len(history), recency)
        found = fold_in(neighbours, history, weights.astype(np.float32))
        return found.books[ranking(found.scores, CUT + len(history))]

    return rank


def _item_model(
    seen: Interactions, books: int, settings: TrainingSettings, progress: Progress
) -> Neighbours:
    counts = count_together(seen, books, settings.partners, _stage(progress, "counting"))
    return local_ridge(
        counts,
        predictors=settings.predictors,
        penalty=settings.penalty,
        keep=settings.neighbours_kept,
        progress=_stage(progress, "solving"),
    )


def _choose(
    neighbours: Neighbours,
    everything: Interactions,
    held_out: NDArray[np.bool_],
    progress: Progress,
) -> tuple[Parameters, Quality]:
    """Let what was held out decide whether newer acts say more: not every shop knows times."""
    best = Parameters(), Quality(0, -1.0, 0.0)
    for step, recency in enumerate(RECENCIES, 1):
        quality = measure(item_ranker(neighbours, recency), everything, held_out)
        if quality.ndcg_at_10 > best[1].ndcg_at_10:
            best = Parameters(recency=recency), quality
        progress("measuring", step / (len(RECENCIES) + 1))
    return best


def _popularity_ranker(readers: NDArray[np.int32]) -> Ranker:
    ranked = ranking(readers.astype(np.float32), len(readers))

    def rank(history: NDArray[np.int32], _: NDArray[np.int32]) -> NDArray[np.int32]:
        return ranked[: CUT + len(history)]

    return rank


def _named(name: str, lists: Neighbours) -> dict[str, NDArray[Any]]:
    return {f"{name}.{field}": values for field, values in lists._asdict().items()}


def _stage(progress: Progress, stage: str) -> Callable[[float], None]:
    return lambda share: progress(stage, share)
