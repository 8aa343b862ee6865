"""Recommendations: for a reader, beside a book, in a window of time."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from msgspec import Struct

from api.asgi.answer import Answer
from api.asgi.caching import (
    ETAG,
    IF_NONE_MATCH,
    at_hand,
    index_tag,
    kept,
    private,
)
from api.asgi.endpoint import READ, Endpoint, Run, endpoint
from api.asgi.query import query_pairs
from api.asgi.request import Request
from api.schemas.recommendations import (
    BestsellersQuery,
    PopularQuery,
    Recommendations,
    RecommendedQuery,
    TrendingQuery,
)
from api.schemas.search import SimilarSize
from api.services import StoreServices
from api.subjects import EXPERIMENT_HEADER, Part, part_of, told
from core.catalogue.book import BookNotFound
from core.experiments.assignment import seed_of
from core.recommendations.history import History
from core.search.request import parse

BOOKS: Final = "/api/v1/books"
MOST_ASKED: Final = 256
"""Different queries of recommended pages that are read once: many readers ask alike."""


@endpoint(
    READ,
    f"{BOOKS}/recommended",
    tag="recommendations",
    may="recommendations:own",
    query=RecommendedQuery,
    answer=Recommendations,
    problems=(400, 401, 403, 404, 503),
    answer_headers=(EXPERIMENT_HEADER,),
)
async def recommended(request: Request) -> Answer:
    """Books for the reader who is signed in, each with its reason.

    Never what the reader rated or bought. Of readers without a history the answer is popular.
    """
    shop = request.store()
    reader_id = request.reader(shop.store.id).reader_id
    asked = _asked(request.scope["query_string"])
    history = await shop.readers.history(reader_id)
    if shop.running.recommended is not None:
        part = part_of(request, shop.store.id, shop.running.recommended)
        if part is not None:
            return _tried(shop, history, asked, part)
    # A page is the same until the reader acts, or index or model change.
    tag = index_tag(request, shop, shop.model_version())
    question = (tag + history.digest(), request.scope["query_string"])
    answers = request.services.answers
    body = answers.get(question)
    if body is None:
        made = shop.recommendations.for_reader(history, asked, size=asked.size)
        body = answers.keep(question, made)
    return private(body)


@lru_cache(MOST_ASKED)
def _asked(query_string: bytes) -> RecommendedQuery:
    """Raises Invalid, each time anew."""
    return parse(query_pairs(query_string), RecommendedQuery)


def _tried(shop: StoreServices, history: History, asked: RecommendedQuery, part: Part) -> Answer:
    """The shelf as an experiment makes it for this reader, who is noted as having seen it."""
    experiment, subject, variant = part
    if experiment.method == "interleaved":
        first, second = experiment.variants
        mixes, seed = (first.mixed, second.mixed), seed_of(experiment, subject.id)
        body, teams = shop.recommendations.interleaved(history, asked, mixes, seed, size=asked.size)
        shop.running.note(experiment, subject, body, teams=teams)
        return private(body, told(experiment, None))
    mix = experiment.variants[variant].mixed
    body = shop.recommendations.for_reader(history, asked, size=asked.size, mix=mix)
    shop.running.note(experiment, subject, body, variant=variant)
    return private(body, told(experiment, variant))


def shelf(path: str, query: type[Struct]) -> Callable[[Run], Endpoint]:
    """A route whose answer is the same for everybody until index or model change."""
    return endpoint(
        READ,
        path,
        tag="recommendations",
        may="recommendations:read",
        query=query,
        answer=Recommendations,
        problems=(400, 404, 503),
        request_headers=(IF_NONE_MATCH,),
        answer_headers=(ETAG,),
    )


def unless_held(request: Request, made: Callable[[StoreServices], bytes]) -> Answer:
    """What is made of the store, where neither the client nor this worker holds it already."""
    shop = request.store()
    tag = index_tag(request, shop, shop.model_version())
    return at_hand(request, tag) or kept(request, tag, made(shop))


@shelf(f"{BOOKS}/{{book_id:str}}/similar", SimilarSize)
async def similar(request: Request) -> Answer:
    """Books that readers of this one turn to, and those like it in content."""
    book_id = request.path_id("book_id", BookNotFound)

    def made(shop: StoreServices) -> bytes:
        return shop.recommendations.similar(book_id, size=request.query(SimilarSize).size)

    return unless_held(request, made)


@shelf(f"{BOOKS}/{{book_id:str}}/alternatives", SimilarSize)
async def alternatives(request: Request) -> Answer:
    """What is in stock instead of this book: other editions of it, then books like it."""
    book_id = request.path_id("book_id", BookNotFound)

    def made(shop: StoreServices) -> bytes:
        return shop.recommendations.alternatives(book_id, size=request.query(SimilarSize).size)

    return unless_held(request, made)


@shelf(f"{BOOKS}/trending", TrendingQuery)
async def trending(request: Request) -> Answer:
    """What readers turned to in the last days."""

    def made(shop: StoreServices) -> bytes:
        asked = parse(request.pairs(), TrendingQuery)
        return shop.recommendations.trending(asked.days, asked, size=asked.size)

    return unless_held(request, made)


@shelf(f"{BOOKS}/popular", PopularQuery)
async def popular(request: Request) -> Answer:
    """The most and best rated books; with a window, first those that readers turned to in it."""

    def made(shop: StoreServices) -> bytes:
        asked = parse(request.pairs(), PopularQuery)
        return shop.recommendations.popular(asked, size=asked.size, days=asked.days)

    return unless_held(request, made)


@shelf(f"{BOOKS}/bestsellers", BestsellersQuery)
async def bestsellers(request: Request) -> Answer:
    """The books of which most copies were ordered."""

    def made(shop: StoreServices) -> bytes:
        return shop.recommendations.bestsellers(size=request.query(BestsellersQuery).size)

    return unless_held(request, made)


ENDPOINTS = (recommended, similar, alternatives, trending, popular, bestsellers)
