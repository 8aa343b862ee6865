"""Search as a store's pages use it: one call a question, an encoded answer back."""

import asyncio
import time
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from core.catalogue.book import BookNotFound
from core.kernel.errors import Fault, Invalid, Unavailable
from core.search import facets, filters, paging, rendering, similar
from core.search.analysis import terms_of
from core.search.budget import Budget
from core.search.candidates import candidates
from core.search.columns import NONE
from core.search.drafting import Draft
from core.search.matching import Matches, match
from core.search.merchandising import Decree, amended, decreed, rank_decreed
from core.search.ranking import RERANKED, Ranked, Taste, Weights, rank
from core.search.reasons import because
from core.search.remembering import Orders, Paging, cut
from core.search.request import SearchRequest
from core.search.rules import NO_RULES, Meaning, RuleBook
from core.search.suggestions import suggest
from core.search.synonyms import widen
from core.search.understanding import Understood, understand
from core.search.view import View

POLL_SECONDS = 0.005

Keys = NDArray[np.int32]


class IndexBehind(Unavailable): ...


class Answer(Struct, frozen=True):
    """body: JSON, ready to send. count: matching books in all. next_cursor: "" at the end.

    dropped: parts left out for want of time; such an answer is not one to keep.
    """

    body: bytes
    count: int
    next_cursor: str
    dropped: tuple[str, ...] = ()


class Asked(Struct, frozen=True):
    """A question, understood and matched.

    chosen: matches that passed the filters, ascending; None when no filter was set. decree: what
    rules say of the books, None for most queries; matched: the matches without it. meanings:
    synonyms that were applied. draft: two rankings to be drafted into one.
    """

    view: View
    request: SearchRequest
    page: paging.Page
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


class StoredBook(Struct, frozen=True):
    """body: the book's JSON. version: of its row, what the ETag is made from."""

    body: bytes
    version: int


class Search:
    """One store's search.

    views: gives the newest view of the store's index. secret: signs cursors, the same in every
    worker of a deployment. rules: gives the newest of the store's synonyms and rules.
    budget_seconds: what a search may take; past it parts are dropped, see `core.search.budget`.
    """

    def __init__(
        self,
        views: Callable[[], View],
        *,
        weights: Weights,
        secret: bytes,
        rules: Callable[[], RuleBook] = lambda: NO_RULES,
        budget_seconds: float = 60.0,
    ) -> None:
        self.views = views
        self.rules = rules
        self._weights = weights
        self._secret = secret
        self._orders = Orders()
        self._budget_seconds = budget_seconds

    def search(
        self,
        request: SearchRequest,
        taste: Taste | None = None,
        *,
        weights: Weights | None = None,
        rules: RuleBook | None = None,
        draft: Draft | None = None,
    ) -> Answer:
        """Answer GET /search. Raises Invalid for a cursor of another question.

        weights, rules: others than the store's, for staff who try them. draft: two rankings in one
        list, where no rule places a book.
        """
        began = time.perf_counter_ns()
        budget = Budget(self._budget_seconds)
        asked = self.ask(request, taste, weights=weights, rules=rules, budget=budget)
        if draft is not None and asked.decree is None:
            asked = replace(asked, draft=draft)
        asked = _in_time(asked, budget)
        relevance = bool(asked.query.words) and request.sort == "relevance"
        results, cursor = self._by_relevance(asked) if relevance else self._by_column(asked)
        fields: dict[str, Any] = {
            "count": asked.count,
            "page": request.page,
            "size": request.size,
            "next_cursor": cursor or None,
            "match": asked.matches.step,
            "did_you_mean": asked.query.did_you_mean or None,
        }
        if request.explain:
            fields |= _applied(asked)
        if request.facets and not budget.late("facets"):
            fields["facets"] = facets.count(
                asked.view, asked.matches, request, request.facets, passed=asked.chosen
            )
        if budget.dropped:
            fields["dropped"] = budget.dropped
        fields["index_version"] = asked.view.snapshot.version
        fields["took_us"] = (time.perf_counter_ns() - began) // 1_000
        return Answer(rendering.envelope(results, fields), asked.count, cursor, budget.dropped)

    def book(self, book_id: UUID) -> StoredBook:
        """Raises BookNotFound."""
        snapshot = self.views().snapshot
        ordinal = self._ordinal(book_id)
        return StoredBook(snapshot.detail_json(ordinal), int(snapshot.columns.version[ordinal]))

    def autocomplete(self, q: str) -> bytes:
        """A JSON array of suggestions, [] for fewer than two letters."""
        return suggest(self.views(), q)

    def similar(self, book_id: UUID, *, size: int = 10) -> bytes:
        """The books nearest to a book in their words. Raises BookNotFound."""
        snapshot = self.views().snapshot
        found = similar.alike(snapshot, self._ordinal(book_id), size)
        best = float(found.scores[0]) if len(found.scores) else 1.0
        extras = [{"score": float(score) / best} for score in found.scores]
        results = rendering.plain(snapshot, found.keys.astype(np.int32), extras)
        return rendering.envelope(results, {"index_version": snapshot.version})

    async def wait_for(self, token: str, *, timeout_seconds: float = 2.0) -> None:
        """Return once the index holds the write that the token stands for.

        Raises Invalid for what is no token, IndexBehind when the time is over.
        """
        if not token.isdecimal() or len(token) > 19:
            fault = Fault("min_version", "is no Index-Version that a write gave")
            raise Invalid("cannot read min_version", faults=(fault,))
        deadline = time.monotonic() + timeout_seconds
        while not self.views().snapshot.horizon.contains(int(token)):
            if time.monotonic() > deadline:
                raise IndexBehind(
                    f"the index has not reached write {token} within {timeout_seconds:g} s",
                    remedy="try again; if it lasts, see `bookwheel index status`",
                )
            await asyncio.sleep(POLL_SECONDS)

    def ask(
        self,
        request: SearchRequest,
        taste: Taste | None = None,
        *,
        weights: Weights | None = None,
        rules: RuleBook | None = None,
        budget: Budget | None = None,
    ) -> Asked:
        """Understand and match a question; raises and takes the same as `search`."""
        view, weights = self.views(), weights or self._weights
        late = (budget or Budget(self._budget_seconds)).late_to_correct
        page = paging.page_of(request, self._secret)
        rules = self.rules() if rules is None else rules
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

    def _by_relevance(self, asked: Asked) -> tuple[bytes, str]:
        """The page's books as JSON, and the cursor behind them."""
        page = Paging(
            self._orders,
            asked.view,
            asked.page,
            ranked=partial(ranked_places, asked),
            keys=lambda: asked.matches.keys if asked.chosen is None else asked.chosen,
            narrowed=asked.chosen is not None,
            reader=_judging(asked),
        ).shown()
        ranked = page.ranked
        if asked.draft is not None:
            asked.draft.show(ranked.keys)
        shown = ranked.keys.astype(np.int32)
        extras = _highlights(asked, shown)
        if asked.request.explain:
            extras = extras or [{} for _ in shown]
            for place, extra in enumerate(extras):
                extra["explain"] = rendering.explanation(ranked, place)
                extra["because"] = explained(asked, ranked, place)
        cursor = ""
        if page.more and len(shown):
            cursor = paging.next_cursor(
                asked.view, asked.request, asked.page, shown, self._secret,
                offset=page.offset, order=page.order,
            )  # fmt: skip
        return rendering.hits(asked.view.snapshot, ranked, extras), cursor

    def _by_column(self, asked: Asked) -> tuple[bytes, str]:
        """The same for an order that needs no text."""
        view, keys = asked.view, asked.matches.keys if asked.chosen is None else asked.chosen
        shown, more = paging.sorted_page(view, keys, asked.request, asked.page)
        cursor = ""
        if more:
            cursor = paging.next_cursor(view, asked.request, asked.page, shown, self._secret)
        return rendering.plain(view.snapshot, shown, _highlights(asked, shown)), cursor

    def _ordinal(self, book_id: UUID) -> int:
        ordinal = self.views().snapshot.ordinal_of(book_id)
        if ordinal == NONE:
            raise BookNotFound(f"no book has the id {book_id}")
        return ordinal


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


def _applied(asked: Asked) -> dict[str, Any]:
    """The synonyms and rules that had a part in the answer."""
    decree = asked.decree or Decree()
    rules = (*decree.pinned.values(), *decree.buried.values(), *decree.hidden.values())
    return {
        "synonyms": [
            {"id": each, "term": " ".join(meaning.source), "target": " ".join(target)}
            for meaning in asked.meanings
            for target, each in zip(meaning.targets, meaning.sets, strict=True)
        ],
        "rules": rules,
    }


def _in_time(asked: Asked, budget: Budget) -> Asked:
    """Without what there is no time left for: the reader's taste first, then popularity."""
    if asked.taste is not None and budget.late("taste"):
        asked = replace(asked, taste=None)
    if asked.query.words and asked.request.sort == "relevance" and budget.late("popularity"):
        weights = Weights(text=1.0, popularity=0.0, taste=0.0)
        asked = replace(asked, taste=None, weights=weights, draft=None)
    return asked


def _judging(asked: Asked) -> Hashable:
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


def _highlights(asked: Asked, shown: Keys) -> list[dict[str, Any]] | None:
    if not asked.request.highlight:
        return None
    snapshot = asked.view.snapshot
    return [
        {"highlights": rendering.highlights(snapshot, key, asked.query)} for key in shown.tolist()
    ]


def everything(view: View) -> Matches:
    """What an empty query matches: every living book."""
    keys = view.keep("living", lambda: np.flatnonzero(view.snapshot.alive).astype(np.int32))
    return Matches("all", 0, len(keys), lambda: keys)
