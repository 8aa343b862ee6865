"""The order of results: text, popularity and taste, each in [0, 1], weighed and summed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.columns import NONE
from core.search.inverse import Inverse
from core.search.matching import Matches, holding
from core.search.snapshot import Scored
from core.search.understanding import Understood
from core.search.view import View

RERANKED = 64
"""Candidates whose order popularity and taste may change; past them the engine's order stands."""
ENGINE, OVERLAP, TITLE, HELD, SAME = 0.5, 0.2, 0.1, 0.1, 0.1
"""What the text part is made of, see `_fit`; they add up to 1."""
IN_TITLE = 1.4
"""A form or a correction in a title counts this much more of its weight, at most 1."""
TELLING = 0.4
"""A title of several words that stands in the query and is worth this share of it is what was
meant: people paste subtitles and series along."""
SMALL = 0.15
"""What a stop word of a title is worth, the rarest word being worth 1; all of a query's together
are worth no more than this share of its other words."""

_AS_TYPED = (("", 1.0),)
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


class Fit(NamedTuple):
    """text: see `_fit`, (k,). full: its title is most of what was asked."""

    text: Scores
    full: NDArray[np.bool_]


class Titles(NamedTuple):
    """shared: words of each title that the query holds, (k,); size: words of each title.

    worth: share of the query's worth that stands in the title, in [0, 1]. same: the title is the
    query, or its title proper, in these very forms and any order.
    """

    shared: Scores
    size: NDArray[np.int64]
    worth: Scores
    same: NDArray[np.bool_]


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

    First, where the query was relaxed, books whose title is most of it; then by score, then as
    the engine had them. Only the first 64 candidates are re-ordered.
    """
    keys = scored.keys
    shares = weights if taste is not None else weights.without_taste()
    fit = _fit(view, query, matches, scored)
    text = fit.text
    popularity = view.snapshot.columns.popularity[keys].astype(np.float64)
    score = shares.text * text + shares.popularity * popularity
    liked = score
    if taste is not None:
        liked = _taste(view, keys, taste)
        score = score + shares.taste * liked
    order = np.argsort(-score[:RERANKED], kind="stable")
    if matches.minimum < len(query.words):
        order = order[np.argsort(~fit.full[order], kind="stable")]
    if len(keys) > RERANKED:
        order = np.concatenate((order, np.arange(RERANKED, len(keys))))
    order = order[places]
    tasted = liked[order] if taste is not None else np.zeros(len(order))
    return Ranked(keys[order], score[order], text[order], popularity[order], tasted, shares)


def _fit(view: View, query: Understood, matches: Matches, scored: Scored) -> Fit:
    """How well the words fit, in [0, 1]: the square of a mean of what is telling.

    The engine's score as a share of the best match's; how much of the query the title holds, by
    the worth of the words, and that times how much of the title the query holds; how much of the
    query the book holds at all; whether the title is what was asked for, word for word. Each part
    rises with the fit, so the whole does; the square lets text decide where it is clear.
    """
    if not len(scored.keys):
        return Fit(np.zeros(0), np.zeros(0, np.bool_))
    best = matches.scored if matches.scored is not None and len(matches.scored.scores) else scored
    share = np.minimum(scored.scores / (float(best.scores[0]) or 1.0), 1.0)
    titles = titles_of(view, query, scored.keys)
    within = titles.shared / titles.size
    entitled = titles.shared == titles.size
    held: Scores | float = 1.0
    if matches.minimum < len(query.words):
        held = covered(view, query, scored.keys)
        np.maximum(held, titles.worth, out=held, where=entitled)
    mean = (
        ENGINE * share + titles.worth * (OVERLAP * within + TITLE) + HELD * held
        + SAME * titles.same
    )  # fmt: skip
    full = entitled & (titles.size > 1) & (titles.worth >= TELLING)
    return Fit(mean * mean, full)


def covered(view: View, query: Understood, keys: NDArray[np.int64]) -> Scores:
    """Share of the query's worth that each book holds in any field, (k,)."""
    cover = np.zeros(len(keys))
    for word, codes in zip(query.words, query.codes, strict=True):
        rows = holding(view, codes)
        if len(rows):
            cover += (rows.take(np.searchsorted(rows, keys), mode="clip") == keys) * word.worth
    share: Scores = cover / sum(word.worth for word in query.words)
    return share


def titles_of(view: View, query: Understood, keys: NDArray[np.int64]) -> Titles:
    """How titles and query overlap; see Titles."""
    inverse = view.inverse("title_terms")
    total = sum([word.worth for word in query.words])
    small = min(SMALL, SMALL * total / (len(query.small) or 1))
    told = [
        (codes, word.alternatives, word.worth, word.proper)
        for word, codes in zip(query.words, query.codes, strict=True)
    ] + [((code,), _AS_TYPED, small, is_proper) for code, is_proper in query.small]
    proper_words = sum([is_proper for *_, is_proper in told])
    # Where nothing stands behind a colon, the title proper is all of the query.
    parted = proper_words < len(told)
    shared, worth, meant = np.zeros(len(keys)), np.zeros(len(keys)), np.zeros(len(keys))
    proper = np.zeros(len(keys)) if parted else meant
    for codes, alternatives, value, is_proper in told:
        best: Any = 0.0
        for place, code in enumerate(codes):
            if (found := _in_title(inverse, code, keys)) is not None:
                shared += found
                part = found * (min(1.0, alternatives[place][1] * IN_TITLE) * value)
                best = np.maximum(best, part) if place else part
                if not place:
                    meant += found
                    if parted and is_proper:
                        proper += found
        worth += best
    total += small * len(query.small)
    start = view.snapshot.columns.title_terms.start
    size = np.maximum(start[keys + 1] - start[keys], 1)
    same = (meant == size) & (size == len(told) + len(query.ignored))
    if parted or query.ignored:
        same |= (proper == size) & (size == proper_words)
    return Titles(shared, size, worth / (total or 1.0), same)


def _in_title(inverse: Inverse, code: int, keys: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Which of the titles hold the term; None where no title of the store does."""
    holders = inverse.ordinals(code)
    if not len(holders):
        return None
    found: NDArray[np.bool_] = holders.take(holders.searchsorted(keys), mode="clip") == keys
    return found


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
