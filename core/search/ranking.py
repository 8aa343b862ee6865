"""The order of results: text, popularity and taste, each in [0, 1], weighed and summed."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.columns import NONE
from core.search.matching import Matches, words_held
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


class Titles(NamedTuple):
    """shared: words of the query in each title, (k,); size: words of each title, (k,)."""

    shared: Scores
    size: NDArray[np.int64]


def rank(
    view: View,
    query: Understood,
    matches: Matches,
    scored: Scored,
    *,
    weights: Weights,
    taste: Taste | None,
    places: slice,
) -> Ranked:
    """Order the engine's candidates; only the books at these places are returned.

    First by how many of the words a book holds, all for one whose whole title stands in the query,
    then by score, then as the engine had them. Only the first 128 candidates are re-ordered.
    """
    keys = scored.keys
    shares = weights if taste is not None else weights.without_taste()
    titles = titles_of(view, query, keys)
    text = _text(query, scored, titles)
    popularity = view.snapshot.columns.popularity[keys].astype(np.float64)
    score = shares.text * text + shares.popularity * popularity
    liked = score
    if taste is not None:
        liked = _taste(view, keys, taste)
        score = score + shares.taste * liked
    order = np.argsort(-score[:RERANKED], kind="stable")
    if matches.minimum < len(query.words):
        held = words_held(view, query, keys[:RERANKED])
        fewest = 1 if len(query.words) <= 2 else 2
        entitled = (titles.shared == titles.size) & (titles.size >= fewest)
        held[entitled[:RERANKED]] = len(query.words)
        order = order[np.argsort(-held[order], kind="stable")]
    if len(keys) > RERANKED:
        order = np.concatenate((order, np.arange(RERANKED, len(keys))))
    order = order[places]
    tasted = liked[order] if taste is not None else np.zeros(len(order))
    return Ranked(keys[order], score[order], text[order], popularity[order], tasted, shares)


def _text(query: Understood, scored: Scored, titles: Titles) -> Scores:
    """0.6 of BM25 as a share of the best candidate's, 0.4 of the overlap with the title.

    The overlap is Jaccard's: words in both by words in either.
    """
    if not len(scored.keys):
        return np.zeros(0)
    words = len(query.words) + len(query.ignored)
    overlap = titles.shared / np.maximum(titles.size + words - titles.shared, 1)
    share = scored.scores * (BM25_SHARE / (float(scored.scores[0]) or 1.0))
    text: Scores = share + TITLE_SHARE * overlap
    return text


def titles_of(view: View, query: Understood, keys: NDArray[np.int64]) -> Titles:
    """How much of each title the query holds."""
    inverse = view.inverse("title_terms")
    shared = np.zeros(len(keys))
    for code in {code for word in query.codes for code in word if code != NONE}:
        holders = inverse.ordinals(code)
        if len(holders):
            shared += holders.take(np.searchsorted(holders, keys), mode="clip") == keys
    start = view.snapshot.columns.title_terms.start
    return Titles(shared, start[keys + 1] - start[keys])


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
