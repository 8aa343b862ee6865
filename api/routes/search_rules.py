"""Synonyms and rules of search: kept by staff, in force everywhere within a second."""

import contextlib
from typing import Any, Final

import msgspec
from msgspec import Struct

from api.asgi.answer import JSON, NO_STORE, Answer, Empty, encode
from api.asgi.caching import ETAG
from api.asgi.endpoint import READ, Endpoint, endpoint
from api.asgi.paging import check_window
from api.asgi.request import Request
from api.asgi.versions import IF_MATCH, expected_version, version_tag
from api.merchandising import Rows
from api.routes.search import PATH
from api.schemas.books import page_links
from api.schemas.names import PageQuery
from api.schemas.search_rules import RuleList, SynonymList
from api.services import StoreServices
from core.kernel.errors import Unavailable
from core.search.rules import (
    Rule,
    RuleChanged,
    RuleDraft,
    RuleNotFound,
    SynonymDraft,
    SynonymSet,
)


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
        query=PageQuery,
        answer=kind.page,
        problems=(400, 401, 403, 404, 503),
        needs="staff",
    )
    async def listed(request: Request) -> Answer:
        """All of them by page, newest first."""
        shop = _of_staff(request)
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
        answer=kind.entry,
        problems=(401, 403, 404, 503),
        answer_headers=(ETAG,),
        needs="staff",
    )
    async def shown(request: Request) -> Answer:
        """One of them."""
        shop = _of_staff(request)
        entry_id = request.path_id(kind.key, RuleNotFound)
        return _told(await kind.rows(shop).get(shop.store, entry_id))

    @endpoint(
        "POST",
        path,
        tag="search",
        body=kind.draft,
        answer=kind.entry,
        status=201,
        problems=(400, 401, 403, 404, 408, 409, 413, 415, 503),
        answer_headers=(ETAG, ("Location", "where it is")),
        needs="staff",
    )
    async def created(request: Request) -> Answer:
        """Add one; every worker searches by it within a second."""
        shop = _of_staff(request)
        made = await kind.rows(shop).create(shop.store, await request.json(decoder))
        await take_up(shop)
        location = (b"location", f"{path}/{made.id}".encode())
        return _told(made, location, status=201)

    @endpoint(
        "PUT",
        one,
        tag="search",
        body=kind.draft,
        answer=kind.entry,
        problems=(400, 401, 403, 404, 408, 409, 412, 413, 415, 428, 503),
        request_headers=(IF_MATCH,),
        answer_headers=(ETAG,),
        needs="staff",
    )
    async def replaced(request: Request) -> Answer:
        """Replace it."""
        shop = _of_staff(request)
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
        status=204,
        problems=(401, 403, 404, 412, 428, 503),
        request_headers=(IF_MATCH,),
        needs="staff",
    )
    async def deleted(request: Request) -> Answer:
        """Remove it."""
        shop = _of_staff(request)
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


def _of_staff(request: Request) -> StoreServices:
    shop = request.store()
    request.staff(shop.store.id)
    return shop


def _told(entry: Any, *headers: tuple[bytes, bytes], status: int = 200) -> Answer:
    tag = (b"etag", version_tag(entry.version))
    return Answer(encode(entry), (JSON, NO_STORE, tag, *headers), status)


ENDPOINTS: Final = (*endpoints_of(SYNONYMS), *endpoints_of(RULES))
