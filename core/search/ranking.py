"""The order of results: text, popularity and taste, each in [0, 1], weighed and summed."""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.columns import NONE
from core.search.matching import Matches
from core.search.snapshot import Scored
from core.search.understanding import Understood
from core.search.view import View

RERANKED = 128
"""Candidates whose order popularity and taste may change; past them the engine's order stands."""
BM25_SHARE, TITLE_SHARE = 0.6, 0.4
"""What the text score is made of: the engine's score, and how much of the title is the query."""

Scores = NDArray[np.float64]


class Weights(Struct, frozen=True):
    text: float = 0.5
    popularity: float = 0.3
    taste: float = 0.2

    def without_taste(self) -> "Weights":
        """The same shares, renewed over the rest, for readers of whom nothing is known."""
        rest = self.text + self.popularity or 1.0
        return Weights(self.text / rest, self.popularity / rest, 0.0)


class Taste(Struct, frozen=True):
    """categories: how much the reader likes each, by name, in [0, 1]."""

    categories: Mapping[str, float]


class Ranked(Struct, frozen=True):
    """Parallel arrays, best first; score = Σ weight × part, with the weights given."""

    keys: NDArray[np.int64]
    score: Scores
    text: Scores
    popularity: Scores
    taste: Scores
    weights: Weights

    def part(self, first: int, after: int) -> "Ranked":
        places = slice(first, after)
        return Ranked(
            self.keys[places],
            self.score[places],
            self.text[places],
            self.popularity[places],
            self.taste[places],
            self.weights,
        )


def rank(
    view: View,
    query: Understood,
    matches: Matches,
    scored: Scored,
    *,
    weights: Weights,
    taste: Taste | None,
) -> Ranked:
    """Order the engine's candidates.

    First by how many of the words a book holds, then by score, then as the engine had them. Only
    the first 128 candidates are re-ordered.
    """
    keys = scored.keys
    shares = weights if taste is not None else weights.without_taste()
    text = _text(view, query, scored)
    popularity = view.snapshot.columns.popularity[keys].astype(np.float64)
    liked = _taste(view, keys, taste) if taste is not None else np.zeros(len(keys))
    score = shares.text * text + shares.popularity * popularity + shares.taste * liked
    head = slice(0, RERANKED)
    if matches.held is None:
        order = np.argsort(-score[head], kind="stable")
    else:
        held = matches.held[keys[head]].astype(np.int16)
        order = np.lexsort((-score[head], -held))
    if len(keys) > RERANKED:
        order = np.concatenate((order, np.arange(RERANKED, len(keys))))
    return Ranked(keys[order], score[order], text[order], popularity[order], liked[order], shares)


def _text(view: View, query: Understood, scored: Scored) -> Scores:
    """0.6 of BM25 as a share of the best candidate's, 0.4 of the overlap with the title."""
    if not len(scored.keys):
        return np.zeros(0)
    best = float(scored.scores.max()) or 1.0
    relative = scored.scores.astype(np.float64) / best
    return BM25_SHARE * relative + TITLE_SHARE * title_overlap(view, query, scored.keys)


def title_overlap(view: View, query: Understood, keys: NDArray[np.int64]) -> Scores:
    """Jaccard overlap of the query's words with each title's, (k,) in [0, 1]."""
    titles = view.inverse("title_terms")
    shared = np.zeros(len(keys))
    for code in {code for word in query.codes for code in word if code != NONE}:
        holders = titles.ordinals(code)
        if len(holders):
            place = np.searchsorted(holders, keys)
            shared += holders.take(place, mode="clip") == keys
    start = view.snapshot.columns.title_terms.start
    size = start[keys + 1] - start[keys]
    words = len(query.words) + len(query.ignored)
    overlap: Scores = shared / np.maximum(size + words - shared, 1)
    return overlap


def _taste(view: View, keys: NDArray[np.int64], taste: Taste) -> Scores:
    """The mean liking of each book's categories, (k,) in [0, 1]."""
    vocabulary = view.snapshot.vocabularies["category"]
    liking = np.zeros(len(vocabulary) + 1)
    for name, value in taste.categories.items():
        liking[vocabulary.code(name)] = value
    liking[NONE] = 0.0
    categories = view.snapshot.columns.category.rows(keys)
    running = np.zeros(len(categories.values) + 1)
    np.cumsum(liking[categories.values], out=running[1:])
    total = running[categories.start[1:]] - running[categories.start[:-1]]
    mean: Scores = total / np.maximum(categories.start[1:] - categories.start[:-1], 1)
    return mean
