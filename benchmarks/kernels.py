"""The steps of an answer, each to be called alone with what the steps before it made."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from core.search import facets, paging, rendering
from core.search.candidates import candidates
from core.search.matching import Matches, match
from core.search.ranking import RERANKED, Ranked, Weights, rank
from core.search.request import SearchRequest, parse
from core.search.snapshot import Scored
from core.search.understanding import Understood, understand
from core.search.view import View

SECRET = b"benchmarks"
WEIGHTS = Weights()
PAGE = slice(0, 20)


class Steps(Struct, frozen=True, eq=False):
    """One question, and what each step made of it."""

    pairs: tuple[tuple[str, str], ...]
    request: SearchRequest
    query: Understood
    matches: Matches
    scored: Scored
    ranked: Ranked
    results: bytes
    fields: dict[str, Any]


def steps_of(view: View, q: str) -> Steps:
    pairs = (("q", q),)
    request = parse(pairs, SearchRequest)
    query = understand(view, q, fuzzy=True)
    matches = match(view, query, "most", limit=RERANKED)
    scored = candidates(view, query, matches, None, RERANKED)
    ranked = rank(view, query, matches, scored, weights=WEIGHTS, taste=None, places=PAGE)
    counted = facets.count(view, matches, request, request.facets)
    fields = {"count": matches.count, "page": 1, "size": 20, "facets": counted}
    results = rendering.hits(view.snapshot, ranked, None)
    return Steps(pairs, request, query, matches, scored, ranked, results, fields)


def find(view: View, step: Steps) -> Scored:
    matches = match(view, step.query, "most", limit=RERANKED)
    return candidates(view, step.query, matches, None, RERANKED)


def order(view: View, step: Steps) -> Ranked:
    return rank(
        view, step.query, step.matches, step.scored, weights=WEIGHTS, taste=None, places=PAGE
    )  # fmt: skip


def next_page(view: View, step: Steps) -> str:
    page = paging.page_of(step.request, SECRET)
    shown = step.ranked.keys.astype("int32")
    return paging.next_cursor(view, step.request, page, shown, SECRET) if len(shown) else ""


KERNELS: dict[str, Callable[[View, Steps], object]] = {
    "parse the parameters": lambda view, step: parse(step.pairs, SearchRequest),
    "understand the words": lambda view, step: understand(view, step.request.q, fuzzy=True),
    "match and score (Tantivy's part is in here)": find,
    "name every match, for facets": lambda view, step: (
        match(view, step.query, "most", limit=RERANKED).keys
    ),
    "rank 128 candidates": order,
    "count three facets": lambda view, step: facets.count(
        view, step.matches, step.request, step.request.facets
    ),
    "render twenty hits": lambda view, step: rendering.hits(view.snapshot, step.ranked, None),
    "render the envelope": lambda view, step: rendering.envelope(step.results, step.fields),
    "sign the cursor of the next page": next_page,
}
