"""The order of results: text, popularity and taste, each in [0, 1], weighed and summed."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.cards import TERMS, Hand, draw
from core.search.columns import NONE
from core.search.feedback import BOOKS, likeness
from core.search.matching import Matches, holding
from core.search.snapshot import Scored
from core.search.understanding import LONG, Understood
from core.search.view import View
from core.search.wording import otherwise

RERANKED = 64
"""Candidates whose order popularity and taste may change; past them the engine's order stands."""
ENGINE, OVERLAP, TITLE, HELD, SAME = 0.5, 0.2, 0.1, 0.1, 0.1
"""What the text part is made of, see `_fit`; they add up to 1."""
IN_TITLE = 1.4
"""A form or a correction in a title counts this much more of its weight, at most 1."""
TELLING = 0.4
"""A title of several words that stands in the query and is worth this share of it is what was
meant: people paste subtitles and series along."""
FEEDBACK = 0.35
"""What likeness to the best books is of the text part, where a long question names no title."""
DESCRIBED = 0.2
"""There, what of the question the book holds anywhere counts this much instead of 0.1."""
NAMED = 0.4
"""A title worth this share of a question is what it names."""
WHOLE = 0.999
"""So does a title that all of the query stands in."""
SMALL = 0.15
"""What a stop word of a title is worth, the rarest word being worth 1; all of a query's together
are worth no more than this share of its other words."""

REWORDED = 0.05
"""What a title loses that has the words of the query in another order or number, where a book is
called just as was asked."""

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
    """text: see `_fit`, (k,). full: its title is most of what was asked; where the query was not
    relaxed nobody asks.
    """

    text: Scores
    full: NDArray[np.bool_] | None


class Titles(NamedTuple):
    """shared: words of each title that the query holds, (k,); size: words of each title.

    worth: share of the query's worth that stands in the title, in [0, 1]. same: the title is the
    query, or its title proper, in these very forms and any order.
    """

    shared: NDArray[np.float32]
    size: NDArray[np.int32]
    worth: NDArray[np.float32]
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
    if not len(keys):
        nothing = np.zeros(0)
        return Ranked(keys, nothing, nothing, nothing, nothing, weights)
    shares = weights if taste is not None else weights.without_taste()
    hand = draw(view.snapshot.columns.card, keys)
    text, full = _fit(view, query, matches, scored, hand)
    popularity = hand.popularity.astype(np.float64)
    score = shares.text * text
    score += shares.popularity * popularity
    liked = None
    if taste is not None:
        liked = _taste(view, keys, taste)
        score += shares.taste * liked
    upset = -score[:RERANKED]
    if full is not None:
        upset -= 2.0 * full[:RERANKED]
    order = upset.argsort(kind="stable")
    if len(keys) > RERANKED:
        order = np.concatenate((order, np.arange(RERANKED, len(keys))))
    order = order[places]
    return Ranked(
        keys[order],
        score[order],
        text[order],
        popularity[order],
        np.zeros(len(order)) if liked is None else liked[order],
        shares,
    )


def _fit(view: View, query: Understood, matches: Matches, scored: Scored, hand: Hand) -> Fit:
    """How well the words fit, in [0, 1]: the square of a mean of what is telling.

    The engine's score as a share of the best match's; how much of the query the title holds, by
    the worth of the words, and that times how much of the title the query holds; how much of the
    query the book holds at all; whether the title is what was asked for, word for word. Each part
    rises with the fit, so the whole does; the square lets text decide where it is clear.
    """
    best = matches.scored if matches.scored is not None and len(matches.scored.scores) else scored
    titles = titles_of(view, query, scored.keys, hand)
    mean: Scores = titles.shared / titles.size
    mean *= OVERLAP
    mean += TITLE
    mean *= titles.worth
    share = np.minimum(scored.scores * (ENGINE / (float(best.scores[0]) or 1.0)), ENGINE)
    same = titles.same.nonzero()[0]
    if len(same):
        # The engine prefers a title of the rarest word alone to the very title that was asked for.
        share[same] = ENGINE
        mean[same] += SAME
        if len(same) > 1:
            other = otherwise(view.snapshot, scored.keys[same], query.typed)
            mean[same[other]] -= REWORDED
    mean += share
    full = None
    if matches.minimum < len(query.words):
        entitled = titles.shared == titles.size
        held = covered(view, query, scored)
        np.maximum(held, titles.worth, out=held, where=entitled)
        mean += HELD * held
        full = entitled & (titles.size > 1) & (titles.worth >= TELLING) | (titles.worth >= WHOLE)
        if _describes(view, query, matches, best):
            mean += (DESCRIBED - HELD) * held
            mean *= (1.0 - FEEDBACK) / (1.0 + DESCRIBED - HELD)
            mean += FEEDBACK * likeness(view, best, scored.keys)
    else:
        mean += HELD
    mean *= mean
    return Fit(mean, full)


def _describes(view: View, query: Understood, matches: Matches, best: Scored) -> bool:
    """Whether a long question tells what a book is about rather than what it is called."""
    words = query.words
    # What stands behind a colon or in brackets may have been pasted behind a title.
    if sum([word.proper for word in words]) < LONG or len(matches.entitled):
        return False
    first = best.keys[:BOOKS]
    hand = draw(view.snapshot.columns.card, first)
    return float(titles_of(view, query, first, hand).worth.max()) < NAMED


def covered(view: View, query: Understood, scored: Scored) -> Scores:
    """Share of the query's worth that each book holds in any field, (k,)."""
    worths = [word.worth for word in query.words]
    if scored.held is not None:
        told = np.array([0.0, worths[0], worths[1], worths[0] + worths[1]])
        told /= sum(worths)
        known: Scores = told[scored.held]
        return known
    cover = np.zeros(len(scored.keys))
    for worth, codes in zip(worths, query.codes, strict=True):
        rows = holding(view, codes)
        if len(rows):
            cover += (rows.take(rows.searchsorted(scored.keys), mode="clip") == scored.keys) * worth
    share: Scores = cover / sum(worths)
    return share


class Sought(NamedTuple):
    """What of a query is looked for in titles; c terms that stand for w words.

    codes: (c,). weigh: (3 + v, c): 1 for each term, once; 1 for the words as typed; the same of
    the title proper alone; the share of the query's worth that the term is in a title, v = 1, or
    where words have several terms each in a row of its own, v = c. first: where each word's terms
    begin, w of them. proper: words of the title proper. exact: all words, those that the
    catalogue does not know included.
    """

    codes: NDArray[np.int32]
    weigh: NDArray[np.float32]
    first: list[int]
    proper: int
    exact: int


def sought(query: Understood) -> Sought:
    total = sum([word.worth for word in query.words])
    small = min(SMALL, SMALL * total / (len(query.small) or 1))
    share = 1.0 / ((total + small * len(query.small)) or 1.0)
    codes: list[int] = []
    first: list[int] = []
    typed: list[float] = []
    proper: list[float] = []
    worths: list[float] = []
    for word, alternatives in zip(query.words, query.codes, strict=True):
        first.append(len(codes))
        codes += alternatives
        others = [0.0] * (len(alternatives) - 1)
        typed += [1.0, *others]
        proper += [float(word.proper), *others]
        worth = word.worth * share
        worths += [min(1.0, weight * IN_TITLE) * worth for _, weight in word.alternatives]
    for code, is_proper in query.small:
        first.append(len(codes))
        codes.append(code)
        typed.append(1.0)
        proper.append(float(is_proper))
        worths.append(small * share)
    # Two words may be corrected to one, which a title holds once.
    once = [float(code not in codes[:place]) for place, code in enumerate(codes)]
    weigh = np.array([*once, *typed, *proper, *worths], np.float32)
    weigh = weigh.reshape(4, len(codes))
    if len(first) < len(codes):
        weigh = np.vstack((weigh[:3], np.diag(weigh[3])))
    return Sought(
        np.array(codes, np.int32), weigh, first, int(sum(proper)), len(first) + len(query.ignored)
    )


def titles_of(view: View, query: Understood, keys: NDArray[np.int64], hand: Hand) -> Titles:
    """How titles and query overlap; see Titles. hand: the cards of the keys."""
    asked = sought(query)
    told = hand.told(asked.codes, asked.weigh)
    if np.maximum.reduce(hand.sizes) > TERMS:
        titles = view.snapshot.columns.title_terms
        for place in np.flatnonzero(hand.sizes > TERMS).tolist():
            told[:, place] = asked.weigh @ np.isin(asked.codes, titles.row(keys[place]))
    shared, meant, proper, worth = told[:4]
    if len(asked.first) < len(asked.codes):
        # The best of the terms that stand for one word counts.
        worth = np.maximum.reduceat(told[3:], asked.first, axis=0).sum(axis=0)
    sizes = hand.sizes
    same = (meant == sizes) & (sizes == asked.exact)
    # Where nothing stands behind a colon, the title proper is all of the query.
    if asked.proper < asked.exact:
        same |= (proper == sizes) & (sizes == asked.proper)
    return Titles(shared, sizes, worth, same)


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
