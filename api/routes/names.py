"""Authors, categories, publishers, series: the same habits for all four."""

from typing import Final, Literal

import msgspec

from api.asgi.answer import Answer, Empty, encode
from api.asgi.caching import (
    ETAG,
    IF_NONE_MATCH,
    INDEX_VERSION,
    tagged,
    tagged_by_content,
    unchanged,
)
from api.asgi.endpoint import READ, Endpoint, endpoint
from api.asgi.paging import check_window
from api.asgi.request import Request
from api.asgi.versions import IF_MATCH, expected_version, version_tag, written
from api.schemas.books import link_header, page_links
from api.schemas.names import NameDraft, NameList, PageQuery
from core.catalogue.naming import NameChanged, NamedEntry, NameNotFound

Kind = Literal["author", "category", "publisher", "series"]
PLURALS: Final[dict[Kind, str]] = {
    "author": "authors",
    "category": "categories",
    "publisher": "publishers",
    "series": "series",
}
_draft = msgspec.json.Decoder(NameDraft)


def endpoints_of(kind: Kind) -> tuple[Endpoint, ...]:
    """List, show, add, rename and remove the names of one kind."""
    path = f"/api/v1/{PLURALS[kind]}"
    one = f"{path}/{{{kind}_id:str}}"

    @endpoint(
        READ,
        path,
        tag="catalogue",
        may="catalogue:read",
        query=PageQuery,
        answer=NameList,
        problems=(400, 404, 503),
        request_headers=(IF_NONE_MATCH,),
        answer_headers=(ETAG, ("Link", "self, next and prev"), ("X-Total-Count", "of all pages")),
    )
    async def listed(request: Request) -> Answer:
        """The names in alphabetical order, with how many books bear each."""
        shop = request.store()
        asked = request.query(PageQuery)
        check_window(asked.page, asked.size)
        found = await shop.names[kind].page(shop.store, page=asked.page, size=asked.size)
        links = page_links(
            path, request.pairs(), page=asked.page, size=asked.size, count=found.count, cursor=""
        )
        body = NameList(
            count=found.count, page=asked.page, size=asked.size, results=found.entries, links=links
        )
        total = (b"x-total-count", b"%d" % found.count)
        return tagged_by_content(request, encode(body), link_header(links), total)

    @endpoint(
        READ,
        one,
        tag="catalogue",
        may="catalogue:read",
        answer=NamedEntry,
        problems=(404, 503),
        request_headers=(IF_NONE_MATCH,),
        answer_headers=(ETAG,),
    )
    async def shown(request: Request) -> Answer:
        """One of them."""
        shop = request.store()
        entry = await shop.names[kind].get(shop.store, request.path_id(f"{kind}_id", NameNotFound))
        tag = version_tag(entry.version)
        return unchanged(request, tag) or tagged(encode(entry), tag)

    @endpoint(
        "POST",
        path,
        tag="catalogue",
        may="catalogue:write",
        body=NameDraft,
        answer=NamedEntry,
        status=201,
        problems=(400, 401, 403, 404, 408, 409, 413, 415, 503),
        answer_headers=(ETAG, INDEX_VERSION, ("Location", "where it is")),
    )
    async def created(request: Request) -> Answer:
        """Add one."""
        shop = request.store()
        draft = await request.json(_draft)
        made = await shop.names[kind].create(shop.store, draft.name)
        location = (b"location", f"{path}/{made.entry.id}".encode())
        return written(made.entry, made.entry.version, made.token, location, status=201)

    @endpoint(
        ("PUT", "PATCH"),
        one,
        tag="catalogue",
        may="catalogue:write",
        body=NameDraft,
        body_media=("application/json", "application/merge-patch+json"),
        answer=NamedEntry,
        problems=(400, 401, 403, 404, 408, 409, 412, 413, 415, 428, 503),
        request_headers=(IF_MATCH,),
        answer_headers=(ETAG, INDEX_VERSION),
    )
    async def renamed(request: Request) -> Answer:
        """Rename it; the books that bear it are indexed anew."""
        shop = request.store()
        entry_id = request.path_id(f"{kind}_id", NameNotFound)
        version = expected_version(request, NameChanged)
        draft = await request.json(_draft, b"application/merge-patch+json")
        made = await shop.names[kind].rename(shop.store, entry_id, draft.name, version)
        return written(made.entry, made.entry.version, made.token)

    @endpoint(
        "DELETE",
        one,
        tag="catalogue",
        may="catalogue:write",
        status=204,
        problems=(401, 403, 404, 409, 412, 428, 503),
        request_headers=(IF_MATCH,),
        answer_headers=(INDEX_VERSION,),
    )
    async def deleted(request: Request) -> Answer:
        """Remove it; refused while a book bears it."""
        shop = request.store()
        entry_id = request.path_id(f"{kind}_id", NameNotFound)
        version = expected_version(request, NameChanged)
        token = await shop.names[kind].delete(shop.store, entry_id, version)
        return Empty(204, ((b"index-version", token.encode()),))

    return tuple(
        each.called(f"{PLURALS[kind]}.{each.run.__name__}")
        for each in (listed, shown, created, renamed, deleted)
    )


ENDPOINTS: Final = tuple(each for kind in PLURALS for each in endpoints_of(kind))
