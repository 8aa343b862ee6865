"""Books in lists, and how lists are linked to their neighbours."""

from typing import TypedDict
from urllib.parse import urlencode
from uuid import UUID

from msgspec import Struct

from api.asgi.types import Header
from core.catalogue.book import Named, SeriesPlace, Status
from core.kernel.money import Money
from core.search.request import LARGEST_WINDOW, Filters, Sort


class BookInList(Struct, kw_only=True):
    """The list form of a book: its first fields, as `core.catalogue.book.LIST_FIELDS` has them."""

    id: UUID
    isbn: str | None = None
    title: str
    subtitle: str | None = None
    authors: tuple[Named, ...] = ()
    published: str | None = None
    language: str | None = None
    price: Money
    stock: int = 0
    status: Status = "available"
    categories: tuple[Named, ...] = ()
    series: SeriesPlace | None = None
    average_rating: float = 0.0
    review_count: int = 0
    cover_url: str | None = None


class Links(TypedDict):
    """Addresses of a page and its neighbours; None where there is none."""

    self: str
    next: str | None
    prev: str | None


class BooksQuery(Filters, frozen=True, kw_only=True):
    """page × size may reach 10,000; cursor goes on from there."""

    sort: Sort = "date"
    page: int = 1
    size: int = 20
    cursor: str = ""
    min_version: str = ""


class MinVersion(Struct, frozen=True):
    """min_version: what a write answered as Index-Version; waits until the index contains it."""

    min_version: str = ""


def page_links(
    path: str, pairs: list[tuple[str, str]], *, page: int, size: int, count: int, cursor: str
) -> Links:
    """Addresses of this page and its neighbours, everything else in the query unchanged.

    cursor: the answer's next one, used where the page itself was asked for by cursor, or
    where the next page lies beyond what pages reach.
    """
    rest = [(name, value) for name, value in pairs if name not in {"page", "cursor"}]
    by_cursor = any(name == "cursor" and value for name, value in pairs)
    following = None
    if by_cursor or (page + 1) * size > LARGEST_WINDOW:
        following = _address(path, [*rest, ("cursor", cursor)]) if cursor else None
    elif page * size < count:
        following = _address(path, [*rest, ("page", str(page + 1))])
    previous = None
    if page > 1 and not by_cursor:
        previous = _address(path, [*rest, ("page", str(page - 1))])
    return {"self": _address(path, pairs), "next": following, "prev": previous}


def link_header(links: Links) -> Header:
    """The same as a Link header (RFC 8288)."""
    named = (("self", links["self"]), ("next", links["next"]), ("prev", links["prev"]))
    value = ", ".join(f'<{address}>; rel="{name}"' for name, address in named if address)
    return b"link", value.encode("ascii")


def _address(path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
