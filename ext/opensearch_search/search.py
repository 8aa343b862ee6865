"""The port of search over a cluster: `core.search.port.SearchPort`."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.catalogue.book import BookNotFound
from core.kernel.errors import Fault, Invalid, Unavailable
from core.search import rendering
from core.search.analysis import terms_of
from core.search.drafting import Draft
from core.search.forms import Stem
from core.search.matching import FEW, Step
from core.search.paging import page_of
from core.search.popularity import Opinion
from core.search.ranking import Taste, Weights
from core.search.request import SearchRequest
from core.search.rules import NO_RULES, RuleBook
from core.search.service import Answer, IndexBehind, StoredBook
from core.search.similar import SPARE, Content
from core.search.view import View
from ext.opensearch_search import suggestions
from ext.opensearch_search.client import SEARCH, Cluster, Missing, NoIndex
from ext.opensearch_search.listing import Found, Listing, by_column, by_relevance
from ext.opensearch_search.questions import (
    BOOK,
    EVERYTHING,
    RESULT,
    aggregations,
    counted,
    filters_of,
    matching,
)
from ext.opensearch_search.state import State, alias_of, read_state
from ext.opensearch_search.understanding import understand
from ext.opensearch_search.window import Hit, Source, Window, hits_of

POLL_SECONDS = 0.02
MOST_NAMES = 10_000
"""Names of filters that are known to be carried by some book."""
MOST_OF_HISTORY = 1_000
TELLING_TERMS = 16

_content = msgspec.json.Decoder(Content)


class ClusterSearch:
    """One store's search. currency: of its prices; stem: of words, by language.

    rules: those in force, which the cluster does not apply: an answer that they would have
    changed names them in `dropped`.
    """

    version = ""

    def __init__(
        self,
        cluster: Cluster,
        slug: str,
        currency: str,
        *,
        stem: Stem,
        weights: Weights,
        secret: bytes,
        rules: Callable[[], RuleBook] = lambda: NO_RULES,
    ) -> None:
        self._cluster = cluster
        self._alias = alias_of(cluster, slug)
        self._currency = currency
        self._stem = stem
        self._weights = weights
        self._secret = secret
        self._rules = rules
        self._names: set[tuple[str, str]] = set()
        self._state: State | None = None
        self.missing = "the search cluster was not asked yet"

    async def look(self) -> None:
        """Tell in `missing` why the store cannot be searched, "" when it can."""
        try:
            self._state = await read_state(self._cluster, self._alias)
        except Unavailable as error:
            self.missing = error.detail
        else:
            self.missing = ""

    async def search(
        self,
        request: SearchRequest,
        taste: Taste | None = None,
        *,
        weights: Weights | None = None,
        draft: Draft | None = None,
    ) -> Answer:
        """See `core.search.port.SearchPort`."""
        began = time.perf_counter_ns()
        page = page_of(request, self._secret)
        fuzzy = request.fuzzy == "auto"
        query, filters = await asyncio.gather(
            understand(self._cluster, self._alias, request.q, fuzzy=fuzzy, stem=self._stem),
            self._filters(request),
        )
        listing = Listing(
            request, page, query, filters, self._currency, self._secret, self._stem,
            weights=weights or self._weights, taste=taste, draft=draft,
        )  # fmt: skip
        found = await self._found(listing)
        version, opinion = await self._shown(found.answer)
        list_of = by_relevance if listing.relevance else by_column
        results, cursor = list_of(listing, found, version, opinion)
        count = int(found.answer["hits"]["total"]["value"])
        fields: dict[str, Any] = {
            "count": count,
            "page": request.page,
            "size": request.size,
            "next_cursor": cursor or None,
            "match": found.step,
            "did_you_mean": query.did_you_mean or None,
        }
        if request.explain:
            fields |= {"synonyms": [], "rules": []}
        dropped = self._unapplied(request)
        if request.facets:
            facets, exact = counted(found.answer["aggregations"], request.facets)
            if exact:
                fields["facets"] = facets
            else:
                dropped.append("facets")
        if dropped:
            fields["dropped"] = dropped
        fields["index_version"] = version
        fields["took_us"] = (time.perf_counter_ns() - began) // 1_000
        return Answer(rendering.envelope(results, fields), count, cursor, tuple(dropped))

    async def autocomplete(self, q: str) -> bytes:
        """See `core.search.port.SearchPort`."""
        return msgspec.json.encode(await suggestions.suggest(self._cluster, self._alias, q))

    async def similar(self, book_id: UUID, *, size: int = 10) -> bytes:
        """See `core.search.port.SearchPort`."""
        book = (await self._got(book_id)).source
        content = _content.decode(f"{book.list}{book.rest}")
        words = terms_of(content.description or "") + terms_of(content.title) * 3
        for named in (*content.categories, *content.authors):
            words += terms_of(named.name) * 2
        like = {
            "fields": ["all"], "like": " ".join(words), "max_query_terms": TELLING_TERMS,
            "min_term_freq": 1, "min_doc_freq": 2, "min_word_length": 2,
            "minimum_should_match": "1",
        }  # fmt: skip
        body = {
            "query": {
                "bool": {
                    "must": [{"more_like_this": like}],
                    "filter": [BOOK],
                    "must_not": [{"term": {"id": book_id.hex}}],
                }
            },
            "aggs": aggregations((), {}, self._currency, scored=False),
            "_source": RESULT,
            "size": size + SPARE,
        }
        answer = await self._asked(body)
        version, opinion = await self._shown(answer)
        hits = [hit for hit in hits_of(answer) if not _another_edition(hit.source, book)][:size]
        window = Window(hits, opinion, version=version)
        best = (hits[0].score if hits else None) or 1.0
        extras = [{"score": (hit.score or 0.0) / best} for hit in hits]
        results = rendering.plain(window, np.arange(len(hits), dtype=np.int32), extras)
        return rendering.envelope(results, {"index_version": version})

    async def book(self, book_id: UUID) -> StoredBook:
        """See `core.search.port.SearchPort`."""
        source = (await self._got(book_id)).source
        return StoredBook(f"{source.list}{source.rest}".encode(), source.version)

    async def wait_for(self, token: str, *, timeout_seconds: float = 2.0) -> None:
        """See `core.search.port.SearchPort`. The state is written when its books can be found."""
        if not token.isdecimal() or len(token) > 19:
            fault = Fault("min_version", "is no Index-Version that a write gave")
            raise Invalid("cannot read min_version", faults=(fault,))
        deadline = time.monotonic() + timeout_seconds
        while not (await read_state(self._cluster, self._alias)).horizon.contains(int(token)):
            if time.monotonic() > deadline:
                raise IndexBehind(
                    f"the index has not reached write {token} within {timeout_seconds:g} s",
                    remedy="try again; if it lasts, see `bookwheel index status`",
                )
            await asyncio.sleep(POLL_SECONDS)

    async def view_of(self, books: NDArray[np.uint64]) -> View:
        """See `core.search.port.SearchPort`; of a thousand books at most."""
        ids = [f"{hi:016x}{lo:016x}" for hi, lo in books[:MOST_OF_HISTORY].tolist()]
        body = {"query": {"terms": {"id": ids}}, "_source": RESULT, "size": len(ids)}
        hits = hits_of(await self._asked(body)) if ids else []
        return View(Window(hits, Opinion()), self._currency)

    async def _found(self, listing: Listing) -> Found:
        """Ask for the strictest step first, and go on while few books match; see
        `core.search.matching.match`."""
        query, rule = listing.query, listing.request.match
        if not listing.request.q.strip():
            return Found("all", 0, await self._asked(listing.body(EVERYTHING)))
        words = len(query.meant)
        if not words:
            return Found(rule, 0, await self._asked(listing.body({"match_none": {}})))
        most = max(1, words * 3 // 4)
        ladder: dict[Step, tuple[tuple[Step, int], ...]] = {
            "all": (("all", words),),
            "most": (("all", words), ("most", most), ("any", 1)),
            "any": (("any", 1),),
        }
        proper = all(meant.word.proper for meant in query.meant)
        entitled = False
        for step, minimum in ladder[rule]:
            entitled = entitled or (minimum > 1 and (step == "most" or not proper))
            body = listing.body(matching(query, minimum, entitled=entitled))
            found = Found(step, minimum, await self._asked(body))
            if found.matched >= FEW or minimum == 1:
                break
        return found

    async def _filters(self, request: SearchRequest) -> dict[str, Any]:
        """A name is taken for others that fold alike only where no book carries it itself."""
        wanted = {
            (field, name)
            for field in ("category", "author", "publisher", "language", "series")
            for name in getattr(request, field)
        }
        if unknown := sorted(wanted - self._names):
            each = {str(i): {"term": {field: name}} for i, (field, name) in enumerate(unknown)}
            body = {"size": 0, "aggs": {"names": {"filters": {"filters": each}}}}
            buckets = (await self._asked(body))["aggregations"]["names"]["buckets"]
            if len(self._names) > MOST_NAMES:
                self._names.clear()
            self._names |= {pair for i, pair in enumerate(unknown) if buckets[str(i)]["doc_count"]}
        resolved = {pair: pair in self._names for pair in wanted}
        return filters_of(request, self._currency, resolved)

    async def _shown(self, answer: dict[str, Any]) -> tuple[str, Opinion]:
        """The version that answered, and the opinion of its generation."""
        buckets = answer["aggregations"]["state"]["shown"]["buckets"]
        version = buckets[0]["key"] if buckets else ""
        state = self._state
        if state is None or not version.startswith(f"g{state.generation:06d}."):
            self._state = state = await read_state(self._cluster, self._alias)
        return version, state.opinion

    async def _got(self, book_id: UUID) -> Hit:
        try:
            answer = await self._cluster.ask("GET", f"/{self._alias}/_doc/{book_id.hex}")
        except NoIndex:
            raise
        except Missing as error:
            raise BookNotFound(f"no book has the id {book_id}") from error
        return msgspec.convert(answer, Hit)

    async def _asked(self, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await self._cluster.ask(
            "POST", f"/{self._alias}/_search", body, **SEARCH
        )
        return answer

    def _unapplied(self, request: SearchRequest) -> list[str]:
        rules = self._rules()
        if not rules:
            return []
        terms = terms_of(request.q)
        parts = ("rules", rules.rules_for(terms)), ("synonyms", rules.meanings_in(terms))
        return [name for name, met in parts if met]


def _another_edition(one: Source, other: Source) -> bool:
    same_title = sorted(one.heading) == sorted(other.heading)
    return same_title and not set(one.author).isdisjoint(other.author)
