"""A question asked of one view: understood, matched, filtered, and put in order on demand."""

from collections.abc import Callable, Hashable
from functools import partial

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from core.search import filters
from core.search.analysis import terms_of
from core.search.budget import Budget
from core.search.candidates import candidates
from core.search.drafting import Draft
from core.search.matching import Matches, match
from core.search.merchandising import Decree, amended, decreed, rank_decreed
from core.search.paging import Page
from core.search.ranking import RERANKED, Ranked, Taste, Weights, rank
from core.search.reasons import because
from core.search.remembering import cut
from core.search.request import SearchRequest
from core.search.rules import Meaning, RuleBook
from core.search.synonyms import widen
from core.search.understanding import Understood, understand
from core.search.view import View

Keys = NDArray[np.int32]


class Asked(Struct, frozen=True):
    """A question, understood and matched.

    chosen: matches that passed the filters, ascending; None when no filter was set. decree: what
    rules say of the books, None for most queries; matched: the matches without it. meanings:
    synonyms that were applied. draft: two rankings to be drafted into one.
    """

    view: View
    request: SearchRequest
    page: Page
    query: Understood
    matches: Matches
    chosen: Keys | None
    taste: Taste | None
    weights: Weights
    matched: Matches
    decree: Decree | None = None
    meanings: tuple[Meaning, ...] = ()
    draft: Draft | None = None

    @property
    def count(self) -> int:
        return self.matches.count if self.chosen is None else len(self.chosen)


def ask(
    view: View,
    request: SearchRequest,
    page: Page,
    rules: RuleBook,
    *,
    weights: Weights,
    taste: Taste | None,
    late: Callable[[], bool],
) -> Asked:
    """late: whether there is no time left to correct words and to relax the question."""
    decree: Decree | None = None
    meanings: tuple[Meaning, ...] = ()
    if rules:
        query, decree, meanings = _by_rules(view, request, rules, late)
    else:
        query = understand(view, request.q, fuzzy=request.fuzzy == "auto", late=late)
    if request.q.strip():
        matches = match(view, query, request.match, limit=page.reach, late=late)
    else:
        matches = everything(view)
    matched = matches
    if decree is not None:
        matches = amended(matches, decree)
    chosen = None if decree is None else matches.keys
    if filters.active(request):
        chosen = filters.passing(view, request, matches.keys)
    return Asked(
        view, request, page, query, matches, chosen, taste, weights, matched, decree, meanings
    )


def in_time(asked: Asked, budget: Budget) -> Asked:
    """Without what there is no time left for: the reader's taste first, then popularity."""
    if asked.taste is not None and budget.late("taste"):
        asked = replace(asked, taste=None)
    if asked.query.words and asked.request.sort == "relevance" and budget.late("popularity"):
        weights = Weights(text=1.0, popularity=0.0, taste=0.0)
        asked = replace(asked, taste=None, weights=weights, draft=None)
    return asked


def judging(asked: Asked) -> Hashable:
    """By whose weights, taste and draft books are ordered: what one order is remembered by."""
    taste = asked.taste and tuple(asked.taste.categories.items())
    if asked.draft is not None:
        return asked.weights, taste, asked.draft.weights, asked.draft.seed
    return asked.weights, taste


def ranked_places(asked: Asked, places: slice) -> Ranked:
    """The books at these places of the whole order by relevance, with their scores."""
    if asked.draft is not None:
        return cut(asked.draft.ranked(partial(_ranked_by, asked, places)), places)
    view, query, matches, chosen = asked.view, asked.query, asked.matches, asked.chosen
    limit = max(RERANKED, places.stop)
    if asked.decree is not None and chosen is not None:
        return rank_decreed(
            view,
            query,
            matches,
            chosen,
            asked.decree,
            weights=asked.weights,
            taste=asked.taste,
            places=places,
            limit=limit,
        )
    within = () if chosen is None else filters.named(view, asked.request)
    scored = candidates(view, query, matches, chosen, limit, within=within)
    return rank(
        view, query, matches, scored, weights=asked.weights, taste=asked.taste, places=places
    )


def _ranked_by(asked: Asked, places: slice, weights: Weights | None) -> Ranked:
    """All books down to these places."""
    own = replace(asked, draft=None, weights=weights or asked.weights)
    return ranked_places(own, slice(0, max(RERANKED, places.stop)))


def _by_rules(
    view: View, request: SearchRequest, rules: RuleBook, late: Callable[[], bool]
) -> tuple[Understood, Decree | None, tuple[Meaning, ...]]:
    """The query with its synonyms, and what rules say of its books."""
    terms = terms_of(request.q)
    fuzzy = request.fuzzy == "auto"
    met = rules.rules_for(terms)
    decree = decreed(view, met) if met else None
    if not (meanings := rules.meanings_in(terms)):
        return understand(view, request.q, fuzzy=fuzzy, late=late), decree, ()
    widened = widen(view, request.q, terms, meanings, fuzzy=fuzzy, late=late)
    return widened.query, decree, widened.meanings


def everything(view: View) -> Matches:
    """What an empty query matches: every living book."""
    keys = view.keep("living", lambda: np.flatnonzero(view.snapshot.alive).astype(np.int32))
    return Matches("all", 0, len(keys), lambda: keys)


def explained(asked: Asked, ranked: Ranked, place: int) -> list[str]:
    """In words what `rendering.explanation` tells in numbers, and the rule that placed it."""
    rule = asked.decree.rule_of(int(ranked.keys[place])) if asked.decree else None
    return because(
        asked.view,
        ranked,
        place,
        q=asked.request.q,
        query=asked.query,
        meanings=asked.meanings,
        rule=rule,
    )
