"""The tables as Piccolo knows them.

What it cannot say is in the migrations as SQL: checks, partial and expression indexes, the join
tables with their composite keys (book_author, book_category) and the outbox with its xid8.
"""

from typing import Any

from piccolo.columns import (
    UUID,
    Bytea,
    ForeignKey,
    Integer,
    Real,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


def _reference(
    to: type[Table], column: str, on_delete: OnDelete, *, index: bool = True, null: bool = False
) -> "ForeignKey[Any]":
    """A foreign key that says what Piccolo would otherwise assume: CASCADE, and no index.

    index: False where another index of the table begins with the column.
    """
    return ForeignKey(
        to,
        db_column_name=column,
        default=None,
        null=null,
        index=index,
        on_delete=on_delete,
        on_update=OnUpdate.no_action,
    )


class Store(Table, tablename="store"):
    id = UUID(primary_key=True, default=None)
    slug = Text(unique=True)
    name = Text()
    currency = Varchar(length=3)
    host = Text(null=True, default=None, unique=True)
    created_at = Timestamptz(default=TimestamptzNow())


class Author(Table, tablename="author"):
    id = UUID(primary_key=True, default=None)
    store = _reference(Store, "store_id", OnDelete.restrict, index=False)
    name = Text()
    version = Integer(default=1)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class Category(Table, tablename="category"):
    id = UUID(primary_key=True, default=None)
    store = _reference(Store, "store_id", OnDelete.restrict, index=False)
    name = Text()
    version = Integer(default=1)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class Publisher(Table, tablename="publisher"):
    id = UUID(primary_key=True, default=None)
    store = _reference(Store, "store_id", OnDelete.restrict, index=False)
    name = Text()
    version = Integer(default=1)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class Series(Table, tablename="series"):
    id = UUID(primary_key=True, default=None)
    store = _reference(Store, "store_id", OnDelete.restrict, index=False)
    name = Text()
    version = Integer(default=1)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class Book(Table, tablename="book"):
    """published: ISO 8601 as precise as known; content_hash: of the imported row, so that an
    unchanged one is skipped; the shown rating blends imported_rating_* with review_*."""

    id = UUID(primary_key=True, default=None)
    store = _reference(Store, "store_id", OnDelete.restrict)
    isbn = Varchar(length=13, null=True, default=None)
    external_id = Text(null=True, default=None)
    title = Text()
    subtitle = Text(null=True, default=None)
    description = Text(null=True, default=None)
    language = Varchar(length=8, null=True, default=None)
    pages = Integer(null=True, default=None)
    published = Text(null=True, default=None)
    published_year = SmallInt(null=True, default=None)
    price_minor = Integer(default=0)
    stock = Integer(default=0)
    status = Text(default="available")
    publisher = _reference(Publisher, "publisher_id", OnDelete.set_null, null=True)
    series = _reference(Series, "series_id", OnDelete.set_null, null=True)
    series_position = Real(null=True, default=None)
    cover_url = Text(null=True, default=None)
    imported_rating_average = Real(default=0.0)
    imported_rating_count = Integer(default=0)
    review_total = Integer(default=0)
    review_count = Integer(default=0)
    content_hash = Bytea(null=True, default=None)
    version = Integer(default=1)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class Reader(Table, tablename="reader"):
    """Accounts, staff and admins included, and the readers of imported ratings."""

    id = UUID(primary_key=True, default=None)
    store = _reference(Store, "store_id", OnDelete.restrict)
    email = Text(null=True, default=None)
    external_id = Text(null=True, default=None)
    display_name = Text()
    password_hash = Text(null=True, default=None)
    role = Text(default="reader")
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class Review(Table, tablename="review"):
    id = UUID(primary_key=True, default=None)
    store = _reference(Store, "store_id", OnDelete.restrict)
    book = _reference(Book, "book_id", OnDelete.cascade, index=False)
    reader = _reference(Reader, "reader_id", OnDelete.cascade)
    rating = SmallInt()
    text = Text(default="")
    version = Integer(default=1)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class Session(Table, tablename="session"):
    """token_hash: SHA-256 of a refresh token; family: one sign-in and all its rotations."""

    id = UUID(primary_key=True, default=None)
    store = _reference(Store, "store_id", OnDelete.restrict)
    reader = _reference(Reader, "reader_id", OnDelete.cascade)
    family = UUID(default=None, index=True)
    token_hash = Bytea(default=None, unique=True)
    expires_at = Timestamptz(default=None, index=True)
    rotated_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Interaction(Table, tablename="interaction"):
    """value: the rating, 1 to 5, of kind rating; quantity: copies, of kind purchase."""

    id = UUID(primary_key=True, default=None)
    store = _reference(Store, "store_id", OnDelete.restrict, index=False)
    reader = _reference(Reader, "reader_id", OnDelete.cascade, index=False)
    book = _reference(Book, "book_id", OnDelete.cascade)
    kind = Text()
    value = Real(null=True, default=None)
    quantity = Integer(default=1)
    occurred_at = Timestamptz(default=TimestamptzNow())
