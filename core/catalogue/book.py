"""A book as the store shows it: one value for the database's rows, the index and the answer."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Conflict, NotFound, Stale
from core.kernel.money import Money

Status = Literal["available", "preorder", "out_of_print", "hidden"]


class BookNotFound(NotFound): ...


class DuplicateBook(Conflict): ...


class BookChanged(Stale): ...


# gc=False here and in Money: no cycle can pass through them, and tracking them costs a scan of the
# catalogue half its time.
class Named(Struct, frozen=True, gc=False):
    """An author, a category, a publisher: what the answer shows of it."""

    id: UUID
    name: str


class SeriesPlace(Struct, frozen=True, gc=False):
    id: UUID
    name: str
    position: float | None = None


class Book(Struct, frozen=True, kw_only=True, gc=False):
    """Field order is the order of the JSON: what lists show comes first, see `LIST_FIELDS`.

    published: ISO 8601 date, as precise as known: "1813", "1813-01-28", "-0700".
    average_rating: 0 to 5 with two decimals, 0 while review_count is 0.
    cover_url: None means the cover drawn from title and author.
    """

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
    description: str | None = None
    pages: int | None = None
    publisher: Named | None = None
    version: int = 1
    created_at: datetime
    updated_at: datetime


LIST_FIELDS = Book.__struct_fields__[: Book.__struct_fields__.index("description")]


def published_year(published: str | None) -> int | None:
    """The year of a `Book.published`: "1813-01-28" → 1813, "-0700" → -700."""
    if not published:
        return None
    sign, digits = (-1, published[1:]) if published[0] == "-" else (1, published)
    return sign * int(digits[:4])
