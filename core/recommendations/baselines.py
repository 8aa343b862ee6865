"""Other people's methods, kept so that a model can be measured beside them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.recommendations.cooccurrence import count_together
from core.recommendations.evaluation import RANKED, Ranker
from core.recommendations.fold_in import Lists
from core.recommendations.interactions import STRENGTH_UNITS, Interactions
from core.recommendations.neighbours import Neighbours, keep_largest
from core.recommendations.popularity import ranking
from core.recommendations.products import group, ranges

NEAREST_READERS = 20
LARGEST_INVERSE = 12_000
"""Books up to which EASE^R's dense inverse takes less than 2 GB."""

Scores = Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.float32]]
"""From a history (ordinals, strengths) to (books,) scores."""


def rp3beta(seen: Interactions, books: int, *, beta: float = 0.6, keep: int = 300) -> Neighbours:
    """Three steps of a random walk, popular ends held back.

    Source: Paudel, Christoffel, Newell & Bernstein, ACM TiiS 7(1), 2017.
    """
    ones = seen.alike()
    # Evened by 1, a pair of books counts one over the length of its reader's history.
    counts = count_together(ones, books, 2 * keep, lambda share: None, evening=1.0)
    readers = np.maximum(np.bincount(seen.book, minlength=books), 1).astype(np.float32)
    walked = counts.together / (readers[:, None] * readers[counts.partners] ** beta)
    real = counts.partners >= 0
    source = np.repeat(np.arange(books, dtype=np.int32), real.sum(axis=1))
    # float16 has no room for probabilities of a walk: the largest becomes 1.
    weights = (walked[real] / max(float(walked.max(initial=0)), 1e-9)).astype(np.float32)
    return keep_largest(source, counts.partners[real], weights, books=books, keep=keep)


def ease(seen: Interactions, books: int, *, penalty: float = 50.0) -> Scores:
    """A ridge of every book on every other. Source: Steck, WWW 2019."""
    counts = count_together(seen, books, 1, lambda share: None, exact_books=LARGEST_INVERSE)
    if counts.whole is None:
        raise ValueError(f"{books} books are too many for a dense inverse")
    gram = counts.whole
    places = np.arange(books)
    gram[places, places] = counts.alone + penalty
    inverse = np.linalg.inv(gram)
    weights = inverse / -inverse.diagonal()
    weights[places, places] = 0

    def score(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = (strengths / STRENGTH_UNITS).astype(np.float32) @ weights[
            history
        ]
        return found

    return score


def user_neighbours(seen: Interactions, books: int) -> Scores:
    """What the twenty readers with the most similar ratings (cosine) read, by similarity."""
    readers = int(seen.reader.max(initial=-1)) + 1
    by_book = group(seen.book, seen.reader, seen.strength, books)
    by_reader = group(seen.reader, seen.book, seen.strength, readers)
    length = np.sqrt(np.bincount(seen.reader, seen.strength.astype(np.float64) ** 2, readers))

    def score(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.float32]:
        sizes = by_book.start[history + 1] - by_book.start[history]
        at = ranges(by_book.start[history], sizes)
        products = np.repeat(strengths.astype(np.float64), sizes) * by_book.weights[at]
        likeness = np.bincount(by_book.values[at], products, readers) / np.maximum(length, 1e-9)
        # One more, for the reader who asks is among them and brings nothing new.
        nearest = ranking(likeness.astype(np.float32), NEAREST_READERS + 1)
        sizes = by_reader.start[nearest + 1] - by_reader.start[nearest]
        at = ranges(by_reader.start[nearest], sizes)
        weights = np.repeat(likeness[nearest], sizes) * by_reader.weights[at]
        return np.bincount(by_reader.values[at], weights, books).astype(np.float32)

    return score


def blended_with_content(readers: Scores, content: Neighbours) -> Scores:
    """0.6 × what alike readers read + 0.4 × likeness of content, each a share of its largest."""
    lists = Lists(content)

    def score(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.float32]:
        weights = (strengths / STRENGTH_UNITS).astype(np.float32)
        alike = lists.scores(history, weights)
        return 0.6 * _share(readers(history, strengths)) + 0.4 * _share(alike)

    return score


def score_ranker(scores: Scores, cut: int = RANKED) -> Ranker:
    def rank(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.int32]:
        found = scores(history, strengths)
        found[history] = 0
        return ranking(found, cut)

    return rank


def _share(values: NDArray[np.float32]) -> NDArray[np.float32]:
    top = values.max(initial=0)
    return values / top if top > 0 else values
