"""Books: listed and shown from the index, written by staff to the database."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from api.asgi.answer import VARY, Answer, Empty, encode
from api.asgi.caching import (
    ETAG,
    IF_INDEX_VERSION,
    IF_NONE_MATCH,
    INDEX_VERSION,
    private,
    search_tag,
    tagged,
    unchanged,
    until_seen,
)
from api.asgi.endpoint import READ, endpoint
from api.asgi.files import strong_tag
from api.asgi.protection import OWN_POLICY
from api.asgi.request import Request
from api.asgi.versions import IF_MATCH, expected_version, version_tag, written
from api.schemas.books import BooksQuery, MinVersion, link_header, page_links
from api.schemas.search import BookList
from core.catalogue.book import Book, BookChanged, BookNotFound, Named
from core.catalogue.cover import cover_svg
from core.catalogue.draft import BookDraft, draft_from
from core.kernel.errors import Fault, Invalid
from core.search.request import SearchRequest, parse

PATH: Final = "/api/v1/books"
ONE: Final = f"{PATH}/{{book_id:str}}"
LOCATION: Final = ("Location", "where the new book is")
_LISTED: Final = frozenset(BooksQuery.__struct_fields__)
_SVG: Final = (b"content-type", b"image/svg+xml")
_A_DAY: Final = (b"cache-control", b"max-age=86400")
# Opened by itself, a drawing is a document: it may run nothing and load nothing.
_INERT: Final = (
    (OWN_POLICY, b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),  # a cover may be shown anywhere
)


class _Cover(Struct):
    title: str
    authors: tuple[Named, ...] = ()


_cover = msgspec.json.Decoder(_Cover)
_object = msgspec.json.Decoder(dict[str, Any])


@endpoint(
    READ,
    PATH,
    tag="catalogue",
    may="catalogue:read",
    query=BooksQuery,
    answer=BookList,
    problems=(400, 404, 503),
    request_headers=(IF_NONE_MATCH, IF_INDEX_VERSION),
    answer_headers=(
        ETAG,
        ("Link", "self, next and prev (RFC 8288)"),
        ("X-Total-Count", "books that match"),
    ),
)
async def books(request: Request) -> Answer:
    """The books of the store, newest first unless asked otherwise, with search's filters."""
    shop = request.store()
    pairs = request.pairs()
    asked = _listing(pairs)
    await until_seen(request, shop, asked.min_version)
    tag = search_tag(request, shop)
    if (same := unchanged(request, tag)) is not None:
        return same
    found = await shop.search.search(asked)
    links = page_links(
        PATH, pairs, page=asked.page, size=asked.size, count=found.count, cursor=found.next_cursor
    )
    body = b'%b,"_links":%b}' % (found.body[:-1], encode(links))
    total = (b"x-total-count", b"%d" % found.count)
    if found.dropped:
        return private(body, link_header(links), total)
    return tagged(body, tag, link_header(links), total)


@endpoint(
    READ,
    ONE,
    tag="catalogue",
    may="catalogue:read",
    query=MinVersion,
    answer=Book,
    problems=(400, 404, 503),
    request_headers=(IF_NONE_MATCH, IF_INDEX_VERSION),
    answer_headers=(ETAG,),
)
async def book(request: Request) -> Answer:
    """A book in full; its ETag is what If-Match of a change asks for."""
    shop = request.store()
    book_id = request.path_id("book_id", BookNotFound)
    await until_seen(request, shop, request.query(MinVersion).min_version)
    stored = await shop.search.book(book_id)
    tag = version_tag(stored.version)
    return unchanged(request, tag) or tagged(stored.body, tag)


@endpoint(
    READ,
    f"{ONE}/cover.svg",
    tag="catalogue",
    may="catalogue:read",
    answer=str,
    answer_media="image/svg+xml",
    problems=(404, 503),
    request_headers=(IF_NONE_MATCH,),
    answer_headers=(ETAG,),
)
async def cover(request: Request) -> Answer:
    """The cover drawn from title and authors, for books that bring none."""
    shop = request.store()
    book_id = request.path_id("book_id", BookNotFound)
    shown = _cover.decode((await shop.search.book(book_id)).body)
    drawn = cover_svg(shown.title, tuple(author.name for author in shown.authors), str(book_id))
    tag = b'"%b"' % strong_tag(drawn)
    return unchanged(request, tag) or Answer(drawn, (_SVG, _A_DAY, (b"etag", tag), VARY, *_INERT))


@endpoint(
    "POST",
    PATH,
    tag="catalogue",
    may="catalogue:write",
    body=BookDraft,
    answer=Book,
    status=201,
    problems=(400, 401, 403, 404, 408, 409, 413, 415, 503),
    answer_headers=(ETAG, INDEX_VERSION, LOCATION),
)
async def create_book(request: Request) -> Answer:
    """Add a book. Authors, categories, publisher and series are made where they are new."""
    shop = request.store()
    fields = await request.json(_object)
    draft = draft_from(fields)
    made = await shop.books.create(shop.store, draft)
    location = (b"location", f"{PATH}/{made.book.id}".encode())
    return written(made.book, made.book.version, made.token, location, status=201)


@endpoint(
    "PUT",
    ONE,
    tag="catalogue",
    may="catalogue:write",
    body=BookDraft,
    answer=Book,
    problems=(400, 401, 403, 404, 408, 409, 412, 413, 415, 428, 503),
    request_headers=(IF_MATCH,),
    answer_headers=(ETAG, INDEX_VERSION),
)
async def replace_book(request: Request) -> Answer:
    """Write a book anew; what the body leaves out is emptied."""
    shop = request.store()
    book_id = request.path_id("book_id", BookNotFound)
    version = expected_version(request, BookChanged)
    fields = await request.json(_object)
    draft = draft_from(fields)
    made = await shop.books.replace(shop.store, book_id, draft, version)
    return written(made.book, made.book.version, made.token)


@endpoint(
    "PATCH",
    ONE,
    tag="catalogue",
    may="catalogue:write",
    body=dict[str, Any],
    body_media=("application/merge-patch+json", "application/json"),
    answer=Book,
    problems=(400, 401, 403, 404, 408, 409, 412, 413, 415, 428, 503),
    request_headers=(IF_MATCH,),
    answer_headers=(ETAG, INDEX_VERSION),
)
async def patch_book(request: Request) -> Answer:
    """Change some fields of a book (RFC 7396): null empties one, a list replaces the list."""
    shop = request.store()
    book_id = request.path_id("book_id", BookNotFound)
    version = expected_version(request, BookChanged)
    patch = await request.json(_object, b"application/merge-patch+json")
    made = await shop.books.patch(shop.store, book_id, patch, version)
    return written(made.book, made.book.version, made.token)


@endpoint(
    "DELETE",
    ONE,
    tag="catalogue",
    may="catalogue:write",
    status=204,
    problems=(401, 403, 404, 412, 428, 503),
    request_headers=(IF_MATCH,),
    answer_headers=(INDEX_VERSION,),
)
async def delete_book(request: Request) -> Answer:
    """Remove a book with its reviews; set its status to hidden to keep them."""
    shop = request.store()
    book_id = request.path_id("book_id", BookNotFound)
    token = await shop.books.delete(shop.store, book_id, expected_version(request, BookChanged))
    return Empty(204, ((b"index-version", token.encode()),))


def _listing(pairs: list[tuple[str, str]]) -> SearchRequest:
    """The question whose answer is the list: no words, no facets. Raises Invalid."""
    foreign = [name for name, _ in pairs if name not in _LISTED]
    if foreign:
        known = ", ".join(sorted(_LISTED))
        faults = tuple(Fault(name[:100], f"unknown; known are {known}") for name in foreign)
        raise Invalid(f"cannot read {', '.join(foreign)[:200]}", faults=faults)
    ordered = any(name == "sort" and value for name, value in pairs)
    fixed = [("facets", "")] if ordered else [("facets", ""), ("sort", "date")]
    return parse([*pairs, *fixed], SearchRequest)


ENDPOINTS = (books, book, cover, create_book, replace_book, patch_book, delete_book)
