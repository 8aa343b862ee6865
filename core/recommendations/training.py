"""Training: from interactions and the catalogue's text to the arrays of a model."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.kernel.errors import Conflict
from core.recommendations.choices import MOST_CHOSEN_FROM, Choices, Sizes
from core.recommendations.choosing import Materials, choose
from core.recommendations.content import BookText, content_neighbours
from core.recommendations.evaluation import Exam, Quality, exams, hold_out
from core.recommendations.fold_in import Lists
from core.recommendations.interactions import Interactions
from core.recommendations.model import ARRAY_TYPES, Parameters
from core.recommendations.neighbours import Neighbours, even_lists
from core.recommendations.popularity import WINDOW_DAYS, trending
from core.recommendations.rankers import crowd_ranker, item_ranker, voices_ranker
from core.recommendations.unread import reach_unread
from core.recommendations.voices import Voices, crowd_of


class NothingToTrainOn(Conflict): ...


Progress = Callable[[str, float], None]
"""Hears the stage and the share of it that is done."""


class TrainingSettings(Struct, frozen=True, kw_only=True):
    """What decides a model besides its data."""

    predictors: int = 100
    """Closest books that a book is regressed on."""

    choices: Choices = Choices()
    """What is decided by guessing acts that were held out."""

    content_weight: float = 3.0
    """Common readers that a cosine of 1 between two books' contents is worth."""

    partners: int = 300
    """Co-occurring books remembered for each; at least `predictors`."""

    neighbours_kept: int = 100
    """Length of the lists that serving gathers."""

    nearest_kept: int = 50
    """Plain neighbours that are kept for each; half of them of a large catalogue, so that the
    model of a million books is smaller than a GiB."""

    followers_kept: int = 25
    """Books read next that are kept for each, likewise."""

    content_kept: int = 50
    """Books alike by content that are kept for each, likewise."""

    seed: int = 20
    """Chooses the readers whose newest acts are held out."""

    def sizes(self, books: int) -> Sizes:
        share = 1 if books <= MOST_CHOSEN_FROM else 2
        return Sizes(
            predictors=self.predictors,
            partners=self.partners,
            kept=self.neighbours_kept,
            nearest_kept=self.nearest_kept // share,
            followers_kept=self.followers_kept // share,
            content_kept=self.content_kept // share,
            content_weight=self.content_weight,
        )


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
    """voices: the arrays as serving asks them. quality and baselines are of the exam: acts that
    neither arrays nor choices have seen."""

    arrays: dict[str, NDArray[Any]]
    parameters: Parameters
    voices: Voices
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
    sizes = settings.sizes(books)
    content = content_neighbours(
        corpus.texts, keep=sizes.content_kept, progress=_stage(progress, "content")
    )
    choosing, judging = exams(everything, corpus.reader_keys, held_out, settings.seed)
    found = choose(Materials(seen, content, sizes, choosing, progress), settings.choices)
    parameters = found.parameters
    neighbours = reach_unread(found.neighbours, content, readers, keep=sizes.kept)
    nearest = reach_unread(found.nearest, content, readers, keep=sizes.nearest_kept)
    crowd, crowd_parts = crowd_of(readers, parameters.crowd_share, neighbours)
    voices = Voices(
        lists=Lists(neighbours),
        recency=parameters.recency,
        nearest=Lists(nearest) if parameters.newcomers else None,
        newcomers=parameters.newcomers,
        alike=parameters.alike,
        followers=Lists(found.followers) if len(found.followers.ids) else None,
        crowd=crowd,
        crowd_parts=crowd_parts,
    )
    quality = judging.ask(voices_ranker(voices))
    trend = trending(seen, books, WINDOW_DAYS[-1])
    baselines = _baselines(found.nearest, readers, trend, judging)
    progress("measuring", 1.0)
    arrays = {
        "books.hi": corpus.hi,
        "books.lo": corpus.lo,
        **_named("neighbours", even_lists(neighbours)),
        **_named("nearest", even_lists(nearest)),
        **_named("followers", even_lists(found.followers)),
        **_named("content", even_lists(content)),
        "readers": readers,
        "units": corpus.units,
        "trending": np.stack([trending(everything, books, days) for days in WINDOW_DAYS]),
    }
    typed = {name: arrays[name].astype(kind, copy=False) for name, kind in ARRAY_TYPES.items()}
    return Trained(typed, parameters, voices, quality, baselines, judging, len(seen.book))


def _baselines(
    nearest: Neighbours, readers: NDArray[np.int32], trend: NDArray[np.float32], exam: Exam
) -> dict[str, Quality]:
    """What everybody can have without training: a model worth its name beats each."""
    rankers = {
        "popularity": crowd_ranker(readers.astype(np.float32)),
        "trending": crowd_ranker(trend),
        "item-kNN": item_ranker(nearest, 0.0),
    }
    return {name: exam.ask(ranker) for name, ranker in rankers.items()}


def _named(name: str, lists: Neighbours) -> dict[str, NDArray[Any]]:
    return {f"{name}.{field}": values for field, values in lists._asdict().items()}


def _stage(progress: Progress, stage: str) -> Callable[[float], None]:
    return lambda share: progress(stage, share)
