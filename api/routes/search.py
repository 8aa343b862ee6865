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
    request_headers=(IF_NONE_MATCH, IF_INDEX_VERSION),
    answer_headers=(ETAG,),
    personal=True,
)
async def search(request: Request) -> Answer:
    """Search books.

    Every word counts by field, typos are forgiven, facets are exact. Signed-in readers with a
    history get an order of their own.
    """
    shop = request.store()
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
    request_headers=(IF_INDEX_VERSION,),
    personal=True,
)
async def search_by_body(request: Request) -> Answer:
    """Search books by a JSON body.

    The same fields as the query parameters, for questions that are long. The method QUERY does
    the same.
    """
    shop = request.store()
    fields = await request.json(_object)
    return await _found(request, shop, from_mapping(fields, SearchRequest))


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
    """Up to ten titles and authors for what was typed so far, most popular first."""
    shop = request.store()
    tag = search_tag(request, shop)
    if (ready := at_hand(request, tag)) is not None:
        return ready
    asked = request.query(AutocompleteQuery)
    return kept(request, tag, await shop.search.autocomplete(asked.q))


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


def _names_write(request: Request) -> bool:
    return b"if-index-version" in request.headers or b"min_version" in request.scope["query_string"]


ENDPOINTS = (search, search_by_body, autocomplete, similar)
