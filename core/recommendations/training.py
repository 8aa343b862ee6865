"""Training: from interactions and the catalogue's text to the arrays of a model."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from core.kernel.errors import Conflict
from core.recommendations.content import BookText, content_neighbours
from core.recommendations.cooccurrence import count_together, with_content
from core.recommendations.evaluation import Exam, Quality, exams, hold_out
from core.recommendations.interactions import Interactions
from core.recommendations.model import ARRAY_TYPES, Parameters
from core.recommendations.nearest import blended, item_neighbours
from core.recommendations.neighbours import Neighbours, even_lists
from core.recommendations.popularity import WINDOW_DAYS, trending
from core.recommendations.rankers import crowd_ranker, item_ranker
from core.recommendations.ridge import local_ridge
from core.recommendations.unread import reach_unread


class NothingToTrainOn(Conflict): ...


Progress = Callable[[str, float], None]
"""Hears the stage and the share of it that is done."""

RECENCIES = (0.3, 0.7)

MOST_CHOSEN_FROM = 50_000
"""Up to so many books every λ is tried; beyond, training takes the first."""


class TrainingSettings(Struct, frozen=True, kw_only=True):
    """What decides a model besides its data."""

    predictors: int = 100
    """Closest books that a book is regressed on."""

    penalties: tuple[float, ...] = (10.0, 50.0, 200.0)
    """λ of the ridge, in co-readings: more trusts small counts less. Chosen from these."""

    cosine_shares: tuple[float, ...] = (0.0, 1.0)
    """How much of item-kNN is added to the ridge. Chosen from these."""

    evening: float = 0.3
    """How far readers of many books are held back; see `count_together`."""

    content_weight: float = 3.0
    """Common readers that a cosine of 1 between two books' contents is worth."""

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


class _Candidates(NamedTuple):
    """ridges: by λ. nearest: item-kNN. content: books alike by what is written on them."""

    ridges: dict[float, Neighbours]
    nearest: Neighbours
    content: Neighbours


class Trained(NamedTuple):
    """quality and baselines are of the exam: acts that neither arrays nor choices have seen."""

    arrays: dict[str, NDArray[Any]]
    parameters: Parameters
    quality: Quality
    baselines: dict[str, Quality]
    exam: Exam
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
    found = _candidates(seen, corpus.texts, books, settings, progress)
    progress("measuring", 0.0)
    choosing, judging = exams(everything, corpus.reader_keys, held_out, settings.seed)
    parameters, lists = _choose(found, settings, choosing, progress)
    neighbours = reach_unread(lists, found.content, readers, keep=settings.neighbours_kept)
    quality = judging.ask(item_ranker(neighbours, parameters.recency))
    baselines = _baselines(found, readers, trending(seen, books, WINDOW_DAYS[-1]), judging)
    progress("measuring", 1.0)
    arrays = {
        "books.hi": corpus.hi,
        "books.lo": corpus.lo,
        **_named("neighbours", even_lists(neighbours)),
        **_named("content", even_lists(found.content)),
        "readers": readers,
        "units": corpus.units,
        "trending": np.stack([trending(everything, books, days) for days in WINDOW_DAYS]),
    }
    typed = {name: arrays[name].astype(kind, copy=False) for name, kind in ARRAY_TYPES.items()}
    return Trained(typed, parameters, quality, baselines, judging, len(seen.book))


def _candidates(
    seen: Interactions,
    texts: Sequence[BookText],
    books: int,
    settings: TrainingSettings,
    progress: Progress,
) -> _Candidates:
    counts = count_together(
        seen, books, settings.partners, _stage(progress, "counting"), evening=settings.evening
    )
    nearest = item_neighbours(counts, keep=settings.neighbours_kept)
    content = content_neighbours(
        texts, keep=settings.content_kept, progress=_stage(progress, "content")
    )
    counts = with_content(counts, content, settings.content_weight)
    penalties = settings.penalties if books <= MOST_CHOSEN_FROM else settings.penalties[:1]
    ridges = {}
    for done, penalty in enumerate(penalties):
        ridges[penalty] = local_ridge(
            counts,
            predictors=settings.predictors,
            penalty=penalty,
            keep=settings.neighbours_kept,
            progress=lambda share, done=done: progress("solving", (done + share) / len(penalties)),  # type: ignore[misc]
        )
    return _Candidates(ridges, nearest, content)


def _choose(
    found: _Candidates, settings: TrainingSettings, exam: Exam, progress: Progress
) -> tuple[Parameters, Neighbours]:
    """Let what was held out decide: how much counts are trusted, how far acts fade.

    The protocol flips conclusions from shop to shop, and not every one knows times.
    """
    best, most, lists = Parameters(recency=0.0), -1.0, found.nearest
    for penalty, ridge in found.ridges.items():
        for share in settings.cosine_shares if len(found.ridges) > 1 else (0.0,):
            mixed = ridge
            if share:
                mixed = blended(ridge, found.nearest, share, keep=settings.neighbours_kept)
            reached = exam.ask(item_ranker(mixed, 0.0)).ndcg_at_10
            if reached > most:
                best, most, lists = Parameters(0.0, penalty, share), reached, mixed
        progress("measuring", 0.5 * len(found.ridges) / (1 + len(found.ridges)))
    for recency in RECENCIES:
        reached = exam.ask(item_ranker(lists, recency)).ndcg_at_10
        if reached > most:
            best, most = replace(best, recency=recency), reached
    return best, lists


def _baselines(
    found: _Candidates, readers: NDArray[np.int32], trend: NDArray[np.float32], exam: Exam
) -> dict[str, Quality]:
    """What everybody can have without training: a model worth its name beats each."""
    rankers = {
        "popularity": crowd_ranker(readers.astype(np.float32)),
        "trending": crowd_ranker(trend),
        "item-kNN": item_ranker(found.nearest, 0.0),
    }
    return {name: exam.ask(ranker) for name, ranker in rankers.items()}


def _named(name: str, lists: Neighbours) -> dict[str, NDArray[Any]]:
    return {f"{name}.{field}": values for field, values in lists._asdict().items()}


def _stage(progress: Progress, stage: str) -> Callable[[float], None]:
    return lambda share: progress(stage, share)
