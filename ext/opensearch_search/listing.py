"""One question's pages: where a list starts, how its hits are ranked, where it goes on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from core.search import rendering
from core.search.analysis import terms_of
from core.search.cursor import Cursor, write
from core.search.drafting import Draft
from core.search.forms import SHORTEST, Stem
from core.search.matching import Matches, Step
from core.search.paging import Page
from core.search.popularity import Opinion
from core.search.ranking import RERANKED, Ranked, Taste, Weights, rank
from core.search.reasons import because
from core.search.remembering import cut
from core.search.request import SearchRequest
from core.search.snapshot import Scored
from core.search.understanding import FORM, MOST_FORMS, Understood
from core.search.view import View
from ext.opensearch_search.questions import BY_SCORE, RESULT, aggregations, order_of
from ext.opensearch_search.understanding import Meant, Understanding
from ext.opensearch_search.window import Hit, Window, hits_of

BEHIND = "+"
"""In a cursor: all places that are re-ranked have been shown, the engine's order goes on."""


class Found(Struct, frozen=True):
    """What a step of the question answered. step, minimum: as of `core.search.matching.Matches`."""

    step: Step
    minimum: int
    answer: dict[str, Any]

    @property
    def matched(self) -> int:
        """Books before any filter."""
        return int(self.answer["aggregations"]["matched"]["doc_count"])


class Listing(Struct, frozen=True):
    """filters: by name, as the cluster is asked. stem: of words, by language."""

    request: SearchRequest
    page: Page
    query: Understanding
    filters: dict[str, Any]
    currency: str
    secret: bytes
    stem: Stem
    weights: Weights
    taste: Taste | None
    draft: Draft | None = None

    @property
    def relevance(self) -> bool:
        return bool(self.query.meant) and self.request.sort == "relevance"

    @property
    def ranked_anew(self) -> bool:
        """Whether the page begins among the places whose order popularity may change."""
        return self.page.first < RERANKED and not self._behind

    @property
    def _behind(self) -> bool:
        cursor = self.page.cursor
        return cursor is not None and cursor.order == BEHIND

    def body(self, query: dict[str, Any]) -> dict[str, Any]:
        """The whole question. query: what matches before filters, with its scores."""
        request, page = self.request, self.page
        detailed = request.highlight or request.explain
        body: dict[str, Any] = {
            "query": query,
            "aggs": aggregations(
                request.facets, self.filters, self.currency, scored=self.relevance
            ),
            "_source": [*RESULT, "rest"] if detailed else RESULT,
            "track_total_hits": True,
            "sort": BY_SCORE if self.relevance else order_of(request.sort),
            "from": page.first,
            "size": request.size + 1,
        }
        if self.filters:
            body["post_filter"] = {"bool": {"filter": list(self.filters.values())}}
        if self.relevance and self.ranked_anew:
            body |= {"from": 0, "size": max(RERANKED, page.after + 1)}
        elif page.cursor is not None:
            after = [page.cursor.value, page.cursor.book.hex()]
            body |= {"from": 0, "search_after": after}
        elif page.after >= 10_000:
            body["size"] = request.size  # more than 10,000 a server does not show by place
        return body


def by_column(listing: Listing, found: Found, version: str, opinion: Opinion) -> tuple[bytes, str]:
    """The page as JSON, and the cursor behind it; for an order that needs no text."""
    size, hits = listing.request.size, hits_of(found.answer)
    more, hits = len(hits) > size, hits[:size]
    window = Window(hits, opinion, version=version, total=listing.query.rows)
    query = concrete(listing, window, range(len(hits)))
    shown = np.arange(len(hits), dtype=np.int32)
    extras = _highlights(listing, window, query, shown.tolist())
    cursor = ""
    if more:
        cursor = _cursor(listing, hits[-1], offset=listing.page.first + len(hits))
    return rendering.plain(window, shown, extras), cursor


def by_relevance(
    listing: Listing, found: Found, version: str, opinion: Opinion
) -> tuple[bytes, str]:
    """The same for hits that popularity and taste re-rank."""
    hits, page, size = hits_of(found.answer), listing.page, listing.request.size
    window = Window(hits, opinion, version=version, total=listing.query.rows)
    ranked = _ranked(listing, found, window)
    count = int(found.answer["hits"]["total"]["value"])
    if listing.ranked_anew:
        start = _start(page, hits, ranked)
        places = slice(start, start + size)
        behind, more = start + size, count > start + size
    else:
        # Past the re-ranked places the engine's own order stands.
        ranked = cut(ranked, np.argsort(ranked.keys))
        places = slice(0, size)
        behind, more = page.first + size, len(hits) > size
    shown = cut(ranked, places)
    if listing.draft is not None and page.cursor is None:
        listing.draft.show(shown.keys)
    cursor = ""
    if more and len(shown.keys):
        last = hits[int(shown.keys[-1])]
        cursor = _cursor(listing, last, offset=behind, behind=behind >= RERANKED)
    return rendering.hits(window, shown, _extras(listing, window, shown)), cursor


def _start(page: Page, hits: Sequence[Hit], ranked: Ranked) -> int:
    """Behind the book shown last, wherever it is by now; else as many places on as were shown."""
    if page.cursor is not None:
        last = page.cursor.book.hex()
        for place, key in enumerate(ranked.keys[:RERANKED].tolist()):
            if hits[key].id == last:
                return place + 1
    return page.first


def _ranked(listing: Listing, found: Found, window: Window) -> Ranked:
    """All hits of the window as `core.search.ranking` has them."""
    query = concrete(listing, window, ())
    count = len(window.hits)
    keys = np.arange(count, dtype=np.int64)
    scores = np.array([hit.score or 0.0 for hit in window.hits], np.float32)
    best = found.answer["aggregations"]["best"]["hits"]["max_score"] or 1.0
    matches = Matches(
        found.step,
        found.minimum,
        count,
        lambda: keys.astype(np.int32),
        scored=Scored(keys[:1], np.array([best], np.float32), count),
    )

    def by(weights: Weights | None) -> Ranked:
        return rank(
            View(window, listing.currency),
            query,
            matches,
            Scored(keys, scores, count),
            weights=weights or listing.weights,
            taste=listing.taste,
            places=slice(None),
        )

    return by(None) if listing.draft is None else listing.draft.ranked(by)


def concrete(listing: Listing, window: Window, detailed: Sequence[int]) -> Understood:
    """The query in terms of a window: forms of a word are those that its books hold.

    detailed: hits whose whole text is looked through for forms, and not their titles alone.
    """
    asked = listing.query
    forms = _forms(asked.meant, window, detailed, listing.stem) if window.hits else {}
    words = []
    for meant in asked.meant:
        own = meant.word.alternatives
        known = {term for term, _ in own}
        others = [(term, FORM) for term in forms.get(meant.stem, ()) if term not in known]
        words.append(replace(meant.word, alternatives=(*own, *others[:MOST_FORMS])))
    codes = tuple(tuple(window.words.add(term) for term, _ in word.alternatives) for word in words)
    for place, hit in enumerate(window.hits):
        for name in hit.matched:
            window.words.rows.setdefault(codes[int(name)][0], set()).add(place)
    return Understood(
        words=tuple(words),
        codes=codes,
        small=tuple((window.words.add(term), proper) for term, proper in asked.small),
        ignored=asked.ignored,
        did_you_mean=asked.did_you_mean,
        isbn=asked.isbn,
    )


def _forms(
    meant: Sequence[Meant], window: Window, detailed: Sequence[int], stem: Stem
) -> dict[str, list[str]]:
    """By stem, the terms of the window that have it."""
    wanted = {each.stem for each in meant if each.stem}
    if not wanted:
        return {}
    held = {term for hit in window.hits for term in hit.source.heading}
    for place in detailed:
        source = window.hits[place].source
        held.update(terms_of(f"{source.list} {source.rest}"))
    terms = sorted(term for term in held if len(term) >= SHORTEST and term.isalpha())
    found: dict[str, list[str]] = {}
    for language in {each.partition(":")[0] for each in wanted}:
        for term, stemmed in zip(terms, stem(terms, language), strict=True):
            if (name := f"{language}:{stemmed}") in wanted:
                found.setdefault(name, []).append(term)
    return found


def _extras(listing: Listing, window: Window, shown: Ranked) -> list[dict[str, Any]] | None:
    request = listing.request
    if not (request.highlight or request.explain):
        return None
    keys = shown.keys.tolist()
    query = concrete(listing, window, keys)
    extras = _highlights(listing, window, query, keys) or [{} for _ in keys]
    if request.explain:
        view = View(window, listing.currency)
        for place, extra in enumerate(extras):
            extra["explain"] = rendering.explanation(shown, place)
            extra["because"] = because(
                view, shown, place, q=request.q, query=query, meanings=(), rule=None
            )
    return extras


def _highlights(
    listing: Listing, window: Window, query: Understood, keys: Sequence[int]
) -> list[dict[str, Any]] | None:
    if not listing.request.highlight:
        return None
    return [{"highlights": rendering.highlights(window, key, query)} for key in keys]


def _cursor(listing: Listing, last: Hit, *, offset: int, behind: bool = False) -> str:
    value = float(last.sort[0]) if last.sort else 0.0
    order = BEHIND if behind else ""
    cursor = Cursor(listing.page.question, offset, value, bytes.fromhex(last.id), order)
    return write(cursor, listing.secret)
