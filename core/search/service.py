"""Search as a store's pages use it: one call a question, an encoded answer back."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from core.catalogue.book import BookNotFound
from core.kernel.errors import Fault, Invalid, Unavailable
from core.search import facets, paging, rendering, similar
from core.search.asking import Asked, Keys, ask, explained, in_time, judging, ranked_places
from core.search.budget import Budget
from core.search.columns import NONE
from core.search.drafting import Draft
from core.search.merchandising import Decree
from core.search.ranking import Taste, Weights
from core.search.remembering import Orders, Paging
from core.search.request import SearchRequest
from core.search.rules import NO_RULES, RuleBook
from core.search.suggestions import suggest
from core.search.view import View

POLL_SECONDS = 0.005


class IndexBehind(Unavailable): ...


class Answer(Struct, frozen=True):
    """body: JSON, ready to send. count: matching books in all. next_cursor: "" at the end.

    dropped: parts left out for want of time; such an answer is not one to keep.
    """

    body: bytes
    count: int
    next_cursor: str
    dropped: tuple[str, ...] = ()


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
        asked = in_time(asked, budget)
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
        scores = found.scores.astype(np.float64)
        results = rendering.scored(snapshot, found.keys, scores / scores[:1])
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
        return ask(
            self.views(),
            request,
            paging.page_of(request, self._secret),
            self.rules() if rules is None else rules,
            weights=weights or self._weights,
            taste=taste,
            late=(budget or Budget(self._budget_seconds)).late_to_correct,
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
            reader=judging(asked),
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


def _highlights(asked: Asked, shown: Keys) -> list[dict[str, Any]] | None:
    if not asked.request.highlight:
        return None
    snapshot = asked.view.snapshot
    return [
        {"highlights": rendering.highlights(snapshot, key, asked.query)} for key in shown.tolist()
    ]
