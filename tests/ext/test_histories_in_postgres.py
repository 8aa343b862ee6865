"""A reader's history as arrays."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from core.catalogue.draft import BookDraft
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.accounts import AccountRepository
from ext.postgres.books import BookRepository
from ext.postgres.histories import history_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Shelf:
    """One reader and three books to act on."""

    def __init__(self, pool: asyncpg.Pool, store: Store, reader: UUID, books: list[UUID]) -> None:
        self.pool, self.store, self.reader, self.books = pool, store, reader, books

    async def act(self, book: int, kind: str, hours: int, value: float | None = None) -> None:
        await self.pool.execute(
            """insert into interaction (id, store_id, reader_id, book_id, kind, value, occurred_at)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            new_id(),
            self.store.id,
            self.reader,
            self.books[book],
            kind,
            value,
            NOON + timedelta(hours=hours),
        )

    def halves(self, *books: int) -> list[list[int]]:
        return [[self.books[b].int >> 64, self.books[b].int & (2**64 - 1)] for b in books]


@pytest.fixture
async def shelf(pool: asyncpg.Pool, store: Store) -> Shelf:
    account = await AccountRepository(pool).create(
        store, email="ann@example.org", display_name="Ann", password_hash=None
    )
    books = BookRepository(pool)
    created = [await books.create(store, BookDraft(title=t, price="1")) for t in "ABC"]
    return Shelf(pool, store, account.id, [written.book.id for written in created])


async def test_newest_book_comes_first_with_its_last_rating(shelf: Shelf) -> None:
    await shelf.act(0, "rating", 1, 2.0)
    await shelf.act(1, "purchase", 2)
    await shelf.act(0, "rating", 3, 4.0)
    await shelf.act(2, "rating", 0, 3.0)

    history = await history_of(shelf.pool, shelf.store, shelf.reader)

    assert history.books.tolist() == shelf.halves(0, 1, 2)
    np.testing.assert_allclose(history.strengths, [0.8, 0.9, 0.6])
    assert history.liked.tolist() == [True, True, False]


async def test_rating_counts_more_than_a_later_purchase(shelf: Shelf) -> None:
    await shelf.act(0, "rating", 1, 1.0)
    await shelf.act(0, "purchase", 2)

    history = await history_of(shelf.pool, shelf.store, shelf.reader)

    np.testing.assert_allclose(history.strengths, [0.2])


async def test_what_was_only_looked_at_counts_little_and_is_not_owned(shelf: Shelf) -> None:
    await shelf.act(0, "book_view", 1)
    await shelf.act(1, "purchase", 0)
    await shelf.act(1, "book_view", 2)

    history = await history_of(shelf.pool, shelf.store, shelf.reader)

    assert history.books.tolist() == shelf.halves(1, 0)
    np.testing.assert_allclose(history.strengths, [0.9, 0.2])
    assert history.looked_at is not None
    assert history.looked_at.tolist() == [False, True]


async def test_what_was_looked_at_long_ago_may_be_recommended(shelf: Shelf) -> None:
    await shelf.act(0, "book_view", 1)
    await shelf.act(1, "purchase", 2)

    history = await history_of(shelf.pool, shelf.store, shelf.reader, limit=1)

    assert history.older.tolist() == []


async def test_books_before_the_limit_are_older(shelf: Shelf) -> None:
    for book in range(3):
        await shelf.act(book, "purchase", book)

    history = await history_of(shelf.pool, shelf.store, shelf.reader, limit=2)

    assert history.books.tolist() == shelf.halves(2, 1)
    assert history.older.tolist() == shelf.halves(0)
    assert history.books.dtype == np.uint64
    assert history.strengths.dtype == np.float32


async def test_unknown_reader_has_done_nothing(pool: asyncpg.Pool, store: Store) -> None:
    assert len((await history_of(pool, store, new_id())).books) == 0
