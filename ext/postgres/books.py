"""Books: read as the values that index and API show, written with the event that tells of it."""

import contextlib
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from core.catalogue.acceptance import accepted
from core.catalogue.book import Book, BookChanged, BookNotFound, DuplicateBook, published_year
from core.catalogue.draft import BookDraft, draft_of, merge_patch
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.stores.store import Store
from ext.postgres.audit import record
from ext.postgres.book_rows import NAMES_BY_ID, NAMES_OF_STORE, SELECT, book_of, mentioned, named
from ext.postgres.linked_names import NamedTable, ids_of_names, link
from ext.postgres.outbox import announce
from ext.postgres.pool import transaction_of

# Few enough to be forgotten before the garbage collector takes them for long-lived: with 5,000
# it looks through the whole process every other time, and a scan takes twice as long.
ROWS_AT_ONCE = 500


class Written(Struct, frozen=True):
    """token: for `Index-Version`; book: as it is now."""

    book: Book
    token: str


async def books_by_id(
    connection: asyncpg.Connection, store: Store, ids: Iterable[UUID]
) -> list[Book]:
    """Those of the books that exist in this store, hidden ones included, in order of id."""
    rows = await connection.fetch(
        f"{SELECT} where b.store_id = $1 and b.id = any($2) order by b.id", store.id, list(ids)
    )
    if not rows:
        return []
    names = named(await connection.fetch(NAMES_BY_ID, mentioned(rows)))
    return [book_of(row, names, store.currency) for row in rows]


async def every_book(
    connection: asyncpg.Connection, store: Store, batch: int = 5000
) -> AsyncGenerator[list[Book], None]:
    """Every book of the store in order of id, hidden ones included, all of one moment.

    Inside a transaction of the caller's, that had better be REPEATABLE READ; else opens its own.
    """
    if connection.is_in_transaction():
        transaction = contextlib.nullcontext()
    else:
        transaction = connection.transaction(isolation="repeatable_read", readonly=True)
    async with transaction, contextlib.aclosing(_stream(connection, store, batch)) as batches:
        async for books in batches:
            yield books


async def _stream(
    connection: asyncpg.Connection, store: Store, batch: int
) -> AsyncGenerator[list[Book], None]:
    # All names at once, each as one shared value: a tenth of the work of joining them in.
    names = named(await connection.fetch(NAMES_OF_STORE, store.id))
    cursor = await connection.cursor(f"{SELECT} where b.store_id = $1 order by b.id", store.id)
    books: list[Book] = []
    while rows := await cursor.fetch(min(ROWS_AT_ONCE, batch - len(books))):
        books += [book_of(row, names, store.currency) for row in rows]
        if len(books) == batch:
            yield books
            books = []
    if books:
        yield books


class BookRepository:
    """Staff's writes, each one transaction: lock, check the version, rows, event."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def create(self, store: Store, draft: BookDraft) -> Written:
        """Raises Invalid with faults, DuplicateBook for an ISBN in use."""
        draft = accepted(draft, store.currency)
        book_id = new_id()
        async with transaction_of(self._pool) as connection:
            made = await _write(connection, _INSERT, store, book_id, draft)
            await record(connection, store.id, "book.create", book_id)
            return made

    async def replace(self, store: Store, book_id: UUID, draft: BookDraft, version: int) -> Written:
        """Raises as `create`, BookNotFound, and BookChanged where version is not the current."""
        draft = accepted(draft, store.currency)
        async with transaction_of(self._pool) as connection:
            await _lock(connection, store, book_id, version)
            made = await _write(connection, _UPDATE, store, book_id, draft)
            await record(connection, store.id, "book.replace", book_id, version=version)
            return made

    async def patch(
        self, store: Store, book_id: UUID, patch: Mapping[str, Any], version: int
    ) -> Written:
        """Apply an RFC 7396 merge patch; raises as `replace`."""
        async with transaction_of(self._pool) as connection:
            await _lock(connection, store, book_id, version)
            [book] = await books_by_id(connection, store, [book_id])
            draft = accepted(merge_patch(draft_of(book), patch), store.currency)
            made = await _write(connection, _UPDATE, store, book_id, draft)
            fields = sorted(patch)
            await record(
                connection, store.id, "book.patch", book_id, version=version, fields=fields
            )
            return made

    async def delete(self, store: Store, book_id: UUID, version: int) -> str:
        """Remove the book with its reviews and interactions; the write's token.

        Raises BookNotFound, BookChanged.
        """
        async with transaction_of(self._pool) as connection:
            await _lock(connection, store, book_id, version)
            await connection.execute("delete from book where id = $1", book_id)
            token = await announce(connection, store.id, "book", book_id)
            await record(connection, store.id, "book.delete", book_id, version=version)
            return token


_COLUMNS = (
    "isbn title subtitle description language pages published published_year price_minor stock "
    "status publisher_id series_id series_position cover_url"
).split()
_INSERT = f"""insert into book (id, store_id, {", ".join(_COLUMNS)})
  values ($1, $2, {", ".join(f"${place}" for place in range(3, 3 + len(_COLUMNS)))})"""
_UPDATE = f"""update book set {
    ", ".join(f"{column} = ${place}" for place, column in enumerate(_COLUMNS, start=3))
}, version = version + 1, updated_at = now() where id = $1 and store_id = $2"""


async def _lock(connection: asyncpg.Connection, store: Store, book_id: UUID, version: int) -> None:
    current = await connection.fetchval(
        "select version from book where store_id = $1 and id = $2 for update", store.id, book_id
    )
    if current is None:
        raise BookNotFound(f"no book has the id {book_id}")
    if current != version:
        raise BookChanged(
            f"the book is at version {current}, not {version}", remedy="read it again and retry"
        )


async def _write(
    connection: asyncpg.Connection, sql: str, store: Store, book_id: UUID, draft: BookDraft
) -> Written:
    """draft: an accepted one; sql: _INSERT or _UPDATE."""
    ids = await ids_of_names(connection, store.id, draft)
    try:
        await connection.execute(sql, book_id, store.id, *_values(draft, ids))
    except asyncpg.UniqueViolationError:
        raise DuplicateBook(
            f"the store has a book with the ISBN {draft.isbn} already", remedy="change that one"
        ) from None
    await link(connection, book_id, "author", [ids["author"][name] for name in draft.authors])
    await link(
        connection, book_id, "category", [ids["category"][name] for name in draft.categories]
    )
    token = await announce(connection, store.id, "book", book_id)
    [book] = await books_by_id(connection, store, [book_id])
    return Written(book, token)


def _values(draft: BookDraft, ids: Mapping[NamedTable, Mapping[str, UUID]]) -> tuple[object, ...]:
    """The values of _COLUMNS."""
    return (
        draft.isbn,
        draft.title,
        draft.subtitle,
        draft.description,
        draft.language,
        draft.pages,
        draft.published,
        published_year(draft.published),
        draft.price.amount_minor if isinstance(draft.price, Money) else None,
        draft.stock,
        draft.status,
        ids["publisher"][draft.publisher] if draft.publisher else None,
        ids["series"][draft.series.name] if draft.series else None,
        draft.series.position if draft.series else None,
        draft.cover_url,
    )
