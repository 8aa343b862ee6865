"""Search, suggestions, similar texts: answered from the index in this process."""

from typing import Any, Final

import msgspec

from api.asgi.answer import Answer
from api.asgi.caching import (
    ETAG,
    IF_INDEX_VERSION,
    IF_NONE_MATCH,
    at_hand,
    kept,
    private,
    search_tag,
    until_seen,
)
from api.asgi.credentials import shown
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from api.schemas.search import (
    AutocompleteQuery,
    SearchAnswer,
    SimilarQuery,
    SimilarTexts,
    Suggestion,
)
from api.services import StoreServices
from api.subjects import EXPERIMENT_HEADER, VISITOR_HEADER, Part, part_of, told
from core.experiments.assignment import seed_of
from core.search import popular_queries
from core.search.drafting import Draft
from core.search.request import SearchRequest, from_mapping, parse

PATH: Final = "/api/v1/search"
_object = msgspec.json.Decoder(dict[str, Any])


@endpoint(
    READ,
    PATH,
    tag="search",
    may="search:read",
    query=SearchRequest,
    answer=SearchAnswer,
    problems=(400, 401, 404, 503),
    request_headers=(IF_NONE_MATCH, IF_INDEX_VERSION, VISITOR_HEADER),
    answer_headers=(ETAG, EXPERIMENT_HEADER),
    personal=True,
)
async def search(request: Request) -> Answer:
    """Search books.

    Every word counts by field, typos are forgiven, facets are exact. Signed-in readers with a
    history get an order of their own.
    """
    shop = request.store()
    if shop.running.search is not None:
        part = part_of(request, shop.store.id, shop.running.search)
        if part is not None and ranks(asked := parse(request.pairs(), SearchRequest)):
            return await _tried(request, shop, asked, part)
    if shown(request.headers):
        return await _found(request, shop, parse(request.pairs(), SearchRequest))
    # A write to wait for may change the answer: only what names none is answered by its tag.
    ready = None if _names_write(request) else at_hand(request, search_tag(request, shop))
    if ready is not None:
        return ready
    asked = parse(request.pairs(), SearchRequest)
    await until_seen(request, shop, asked.min_version)
    tag = search_tag(request, shop)
    found = await shop.search.search(asked)
    return private(found.body) if found.dropped else kept(request, tag, found.body)


@endpoint(
    "POST",
    PATH,
    tag="search",
    may="search:read",
    body=SearchRequest,
    answer=SearchAnswer,
    problems=(400, 401, 404, 408, 413, 415, 503),
    request_headers=(IF_INDEX_VERSION, VISITOR_HEADER),
    answer_headers=(EXPERIMENT_HEADER,),
    personal=True,
)
async def search_by_body(request: Request) -> Answer:
    """Search books by a JSON body.

    The same fields as the query parameters, for questions that are long. The method QUERY does
    the same.
    """
    shop = request.store()
    fields = await request.json(_object)
    asked = from_mapping(fields, SearchRequest)
    if shop.running.search is not None and ranks(asked):
        part = part_of(request, shop.store.id, shop.running.search)
        if part is not None:
            return await _tried(request, shop, asked, part)
    return await _found(request, shop, asked)


@endpoint(
    READ,
    f"{PATH}/autocomplete",
    tag="search",
    may="search:read",
    query=AutocompleteQuery,
    answer=list[Suggestion],
    problems=(400, 404, 503),
    request_headers=(IF_NONE_MATCH,),
    answer_headers=(ETAG,),
)
async def autocomplete(request: Request) -> Answer:
    """Up to ten titles and authors for what was typed so far, most popular first.

    Before them up to three queries that several readers asked lately, where any go on like it.
    """
    shop = request.store()
    tag = search_tag(request, shop)
    if (ready := at_hand(request, tag)) is not None:
        return ready
    asked = request.query(AutocompleteQuery)
    found = await shop.search.autocomplete(asked.q)
    return kept(request, tag, popular_queries.before(found, shop.popular_queries(), asked.q))


@endpoint(
    READ,
    f"{PATH}/similar",
    tag="search",
    may="search:read",
    query=SimilarQuery,
    answer=SimilarTexts,
    problems=(400, 404, 503),
    request_headers=(IF_NONE_MATCH,),
    answer_headers=(ETAG,),
)
async def similar(request: Request) -> Answer:
    """Books whose words are nearest to a book's."""
    shop = request.store()
    tag = search_tag(request, shop)
    if (ready := at_hand(request, tag)) is not None:
        return ready
    asked = request.query(SimilarQuery)
    return kept(request, tag, await shop.search.similar(asked.book_id, size=asked.size))


async def _found(request: Request, shop: StoreServices, asked: SearchRequest) -> Answer:
    """The answer for whoever asks, ordered by taste where a taste is known."""
    principal = request.member(shop.store.id)
    await until_seen(request, shop, asked.min_version)
    taste = None
    if principal is not None:
        taste = await shop.readers.taste(principal.reader_id, shop.search)
    return private((await shop.search.search(asked, taste)).body)


def ranks(asked: SearchRequest) -> bool:
    """Whether an order by relevance is asked for: only that is experimented with."""
    return asked.sort == "relevance" and bool(asked.q.strip())


async def _tried(request: Request, shop: StoreServices, asked: SearchRequest, part: Part) -> Answer:
    """The answer as an experiment makes it for this subject, who is noted as having seen it."""
    experiment, subject, variant = part
    await until_seen(request, shop, asked.min_version)
    taste = None
    if subject.reader_id is not None:
        taste = await shop.readers.taste(subject.reader_id, shop.search)
    if experiment.method == "interleaved":
        first, second = experiment.variants
        seed = seed_of(experiment, subject.id, asked.q.encode())
        draft = Draft((first.weighed, second.weighed), seed)
        found = await shop.search.search(asked, taste, draft=draft)
        if draft.shown:
            shop.running.note(experiment, subject, found.body, teams=draft.shown)
        return private(found.body, told(experiment, None))
    weights = experiment.variants[variant].weighed
    tag = b""
    if subject.reader_id is None and request.exchange.method == "GET" and not _names_write(request):
        tag = search_tag(request, shop, f"{experiment.id}{variant}")
    question = tag, request.scope["query_string"]
    body = request.services.answers.get(question) if tag else None
    if body is None:
        found = await shop.search.search(asked, taste, weights=weights)
        body = found.body
        if tag and not found.dropped:
            request.services.answers.keep(question, body)
    shop.running.note(experiment, subject, body, variant=variant)
    return private(body, told(experiment, variant))


def _names_write(request: Request) -> bool:
    return b"if-index-version" in request.headers or b"min_version" in request.scope["query_string"]


ENDPOINTS = (search, search_by_body, autocomplete, similar)
