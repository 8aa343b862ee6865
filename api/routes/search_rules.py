"""Synonyms and rules of search: kept by staff, in force everywhere within a second."""

import contextlib
import math
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from api.asgi.answer import JSON, NO_STORE, Answer, Empty, encode
from api.asgi.caching import ETAG, until_seen
from api.asgi.endpoint import READ, Endpoint, endpoint
from api.asgi.paging import check_window
from api.asgi.request import Request
from api.asgi.versions import IF_MATCH, expected_version, version_tag
from api.merchandising import Rows
from api.routes.search import PATH
from api.schemas.books import page_links
from api.schemas.names import PageQuery
from api.schemas.search import SearchAnswer
from api.schemas.search_rules import (
    PreviewQuery,
    RuleList,
    SynonymList,
    WhyNotAnswer,
    WhyNotQuery,
)
from api.services import StoreServices
from core.catalogue.book import BookNotFound
from core.kernel.errors import Fault, Invalid, Unavailable
from core.search.ranking import Weights
from core.search.request import parse
from core.search.rules import (
    NO_RULES,
    Rule,
    RuleChanged,
    RuleDraft,
    RuleNotFound,
    SynonymDraft,
    SynonymSet,
)
from core.search.why_not import Reason, Verdict, why_not


class Kind(Struct, frozen=True):
    """What tells the routes of synonyms from those of rules."""

    name: str
    key: str
    draft: type[Struct]
    entry: type[Struct]
    page: Any

    def rows(self, shop: StoreServices) -> Rows[Any, Any]:
        rows: Rows[Any, Any] = getattr(shop.merchandising, self.name)
        return rows


SYNONYMS: Final = Kind("synonyms", "set_id", SynonymDraft, SynonymSet, SynonymList)
RULES: Final = Kind("rules", "rule_id", RuleDraft, Rule, RuleList)


def endpoints_of(kind: Kind) -> tuple[Endpoint, ...]:
    """List, show, add, replace and remove the entries of one kind."""
    path = f"{PATH}/{kind.name}"
    one = f"{path}/{{{kind.key}:str}}"
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind.draft)

    @endpoint(
        READ,
        path,
        tag="search",
        may="search:write",
        query=PageQuery,
        answer=kind.page,
        problems=(400, 401, 403, 404, 503),
    )
    async def listed(request: Request) -> Answer:
        """All of them by page, newest first."""
        shop = request.store()
        asked = request.query(PageQuery)
        check_window(asked.page, asked.size)
        found = await kind.rows(shop).page(shop.store, page=asked.page, size=asked.size)
        links = page_links(
            path, request.pairs(), page=asked.page, size=asked.size, count=found.count, cursor=""
        )
        body = kind.page(
            count=found.count, page=asked.page, size=asked.size, results=found.entries, links=links
        )
        return Answer(encode(body), (JSON, NO_STORE))

    @endpoint(
        READ,
        one,
        tag="search",
        may="search:write",
        answer=kind.entry,
        problems=(401, 403, 404, 503),
        answer_headers=(ETAG,),
    )
    async def shown(request: Request) -> Answer:
        """One of them."""
        shop = request.store()
        entry_id = request.path_id(kind.key, RuleNotFound)
        return _told(await kind.rows(shop).get(shop.store, entry_id))

    @endpoint(
        "POST",
        path,
        tag="search",
        may="search:write",
        body=kind.draft,
        answer=kind.entry,
        status=201,
        problems=(400, 401, 403, 404, 408, 409, 413, 415, 503),
        answer_headers=(ETAG, ("Location", "where it is")),
    )
    async def created(request: Request) -> Answer:
        """Add one; every worker searches by it within a second."""
        shop = request.store()
        made = await kind.rows(shop).create(shop.store, await request.json(decoder))
        await take_up(shop)
        location = (b"location", f"{path}/{made.id}".encode())
        return _told(made, location, status=201)

    @endpoint(
        "PUT",
        one,
        tag="search",
        may="search:write",
        body=kind.draft,
        answer=kind.entry,
        problems=(400, 401, 403, 404, 408, 409, 412, 413, 415, 428, 503),
        request_headers=(IF_MATCH,),
        answer_headers=(ETAG,),
    )
    async def replaced(request: Request) -> Answer:
        """Replace it."""
        shop = request.store()
        entry_id = request.path_id(kind.key, RuleNotFound)
        version = expected_version(request, RuleChanged)
        draft = await request.json(decoder)
        made = await kind.rows(shop).replace(shop.store, entry_id, draft, version)
        await take_up(shop)
        return _told(made)

    @endpoint(
        "DELETE",
        one,
        tag="search",
        may="search:write",
        status=204,
        problems=(401, 403, 404, 412, 428, 503),
        request_headers=(IF_MATCH,),
    )
    async def deleted(request: Request) -> Answer:
        """Remove it."""
        shop = request.store()
        entry_id = request.path_id(kind.key, RuleNotFound)
        await kind.rows(shop).delete(shop.store, entry_id, expected_version(request, RuleChanged))
        await take_up(shop)
        return Empty(204)

    return tuple(
        each.called(f"search_{kind.name}.{each.run.__name__}")
        for each in (listed, shown, created, replaced, deleted)
    )


async def take_up(shop: StoreServices) -> None:
    """Search by the rules as they are now, in this worker; the others look by themselves."""
    with contextlib.suppress(Unavailable):  # the write is done; the next look takes it up
        await shop.merchandising.refresh()


def _told(entry: Any, *headers: tuple[bytes, bytes], status: int = 200) -> Answer:
    tag = (b"etag", version_tag(entry.version))
    return Answer(encode(entry), (JSON, NO_STORE, tag, *headers), status)


@endpoint(
    READ,
    f"{PATH}/preview",
    tag="search",
    may="search:write",
    query=PreviewQuery,
    answer=SearchAnswer,
    problems=(400, 401, 403, 404, 503),
)
async def preview(request: Request) -> Answer:
    """Search as with other weights, or without rules.

    For staff who compare. The rules are those of this moment, whichever worker wrote them.
    """
    shop = request.store()
    asked = parse(request.pairs(), PreviewQuery)
    await until_seen(request, shop, asked.min_version)
    await take_up(shop)
    weights = weights_of(asked.weights)
    rules = None if asked.ruled else NO_RULES
    return Answer(shop.index.search(asked, weights=weights, rules=rules).body, (JSON, NO_STORE))


@endpoint(
    READ,
    f"{PATH}/why-not",
    tag="search",
    may="search:write",
    query=WhyNotQuery,
    answer=WhyNotAnswer,
    problems=(400, 401, 403, 404, 503),
)
async def why_not_shown(request: Request) -> Answer:
    """Why a book is not among the results, or which place it has.

    Words it lacks, filters, rules, stock and status are told, in numbers and in words.
    """
    shop = request.store()
    asked = parse(request.pairs(), WhyNotQuery)
    if asked.book_id is None:
        raise Invalid("no book is named", faults=(Fault("book_id", "is required"),))
    await until_seen(request, shop, asked.min_version)
    await take_up(shop)
    try:
        verdict = why_not(shop.index, asked, asked.book_id)
    except BookNotFound:
        verdict = await _outside(shop, asked.book_id)
    return Answer(encode(verdict), (JSON, NO_STORE))


async def _outside(shop: StoreServices, book_id: UUID) -> Verdict:
    """Of a book that the index does not hold. Raises BookNotFound where the store has none."""
    title, status = await shop.merchandising.title_and_status(shop.store, book_id)
    if status == "hidden":
        reason = Reason("status", "It is hidden: its status keeps it out of every list.", status)
    else:
        reason = Reason("index", "It is not in the index yet; see `bookwheel index status`.")
    return Verdict(
        book_id=book_id,
        title=title,
        shown=False,
        count=0,
        told=reason.told,
        reasons=(reason,),
        index_version=shop.index.views().snapshot.version,
    )


def weights_of(text: str) -> Weights | None:
    """Shares of text, popularity and taste, brought to a sum of 1; None for "".

    Raises Invalid where all are 0.
    """
    if not text:
        return None
    shares = [float(part) for part in text.split(",")]
    if not 0 < (total := sum(shares)) < math.inf:
        raise Invalid("cannot weigh by that", faults=(Fault("weights", "need a sum above 0"),))
    return Weights(*(share / total for share in shares))


ENDPOINTS: Final = (
    *endpoints_of(SYNONYMS),
    *endpoints_of(RULES),
    preview,
    why_not_shown.called("search.why_not"),
)
