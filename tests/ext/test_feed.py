"""The change feed loses nothing, whatever the order of commits."""

import asyncio
import contextlib
import random
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from core.catalogue.draft import BookDraft
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.books import BookRepository
from ext.postgres.feed import Feed, horizon
from ext.postgres.names import NameRepository
from ext.postgres.outbox import announce, trim
from ext.postgres.pool import open_pool, transaction_of
from ext.postgres.source import CatalogueSource


async def test_eight_slow_writers_and_no_change_is_lost(database_url: str, store: Store) -> None:
    pool = await open_pool(database_url, size=10)
    feed = Feed(pool)
    cursor = (await feed.changes(None)).cursor
    dice = random.Random(7)
    written: set[UUID] = set()
    seen: set[UUID] = set()

    async def write() -> None:
        for _ in range(40):
            book_id = UUID(int=dice.getrandbits(128))
            async with transaction_of(pool) as connection:
                await announce(connection, store.id, "book", book_id)
                await connection.execute("select pg_sleep($1)", dice.random() / 200)
            written.add(book_id)

    writers = asyncio.gather(*(write() for _ in range(8)))
    while not writers.done():
        changes = await feed.changes(cursor)
        seen |= changes.books.get(store.id, set())
        cursor = changes.cursor
    await writers
    seen |= (await feed.changes(cursor)).books.get(store.id, set())

    await pool.close()
    assert len(written) == 320
    assert seen == written


async def test_a_change_is_told_once(pool: asyncpg.Pool, store: Store) -> None:
    feed = Feed(pool)
    cursor = (await feed.changes(None)).cursor
    book = (await BookRepository(pool).create(store, BookDraft(title="A", price="1"))).book

    first = await feed.changes(cursor)
    second = await feed.changes(first.cursor)

    assert first.books == {store.id: {book.id}}
    assert second.books == {}


async def test_a_commit_after_a_later_one_is_still_told(pool: asyncpg.Pool, store: Store) -> None:
    feed = Feed(pool)
    early, late = UUID(int=1), UUID(int=2)
    async with transaction_of(pool) as connection:
        await announce(connection, store.id, "book", early)
        async with transaction_of(pool) as other:
            await announce(other, store.id, "book", late)
        cursor = (await feed.changes(None)).cursor

    assert (await feed.changes(cursor)).books == {store.id: {early}}


async def test_horizon_tells_which_write_is_in(pool: asyncpg.Pool, store: Store) -> None:
    feed, books = Feed(pool), BookRepository(pool)
    before = await feed.changes(None)

    token = int((await books.create(store, BookDraft(title="A", price="1"))).token)

    after = await feed.changes(before.cursor)
    assert not before.horizon.contains(token)
    assert after.horizon.contains(token)


async def test_renamed_author_is_told_as_its_books(pool: asyncpg.Pool, store: Store) -> None:
    books, authors = BookRepository(pool), NameRepository(pool, "author")
    emma = (await books.create(store, BookDraft(title="Emma", price="1", authors=("Jane",)))).book
    await books.create(store, BookDraft(title="Other", price="1", authors=("Somebody",)))
    cursor = (await Feed(pool).changes(None)).cursor

    await authors.rename(store, emma.authors[0].id, "Jane Austen", 1)

    assert (await Feed(pool).changes(cursor)).books == {store.id: {emma.id}}


async def test_event_of_a_store_asks_for_its_rebuild(pool: asyncpg.Pool, store: Store) -> None:
    cursor = (await Feed(pool).changes(None)).cursor

    async with transaction_of(pool) as connection:
        await announce(connection, store.id, "store", store.id)

    assert (await Feed(pool).changes(cursor)).rebuild == {store.id}


async def test_without_a_cursor_every_store_is_to_be_rebuilt(
    pool: asyncpg.Pool, store: Store
) -> None:
    assert (await Feed(pool).changes(None)).rebuild == {store.id}


@pytest.mark.parametrize("cursor", ["", "x", "1.2/1:1:", "/1:1:", "\x00/1:1:", "9/1:1:x"])
async def test_cursor_of_another_database_asks_for_a_rebuild(
    pool: asyncpg.Pool, store: Store, cursor: str
) -> None:
    assert (await Feed(pool).changes(cursor)).rebuild == {store.id}


async def test_cursor_ahead_of_the_database_asks_for_a_rebuild(
    pool: asyncpg.Pool, store: Store
) -> None:
    identity = (await Feed(pool).changes(None)).cursor.partition("/")[0]

    ahead = await Feed(pool).changes(f"{identity}/999999999:999999999:")

    assert ahead.rebuild == {store.id}


async def test_cursor_older_than_the_trimmed_events_asks_for_a_rebuild(
    pool: asyncpg.Pool, store: Store
) -> None:
    feed = Feed(pool)
    old = (await feed.changes(None)).cursor
    await BookRepository(pool).create(store, BookDraft(title="A", price="1"))
    recent = (await feed.changes(old)).cursor

    trimmed = await trim(pool, timedelta(0))

    assert trimmed == 1
    assert (await feed.changes(old)).rebuild == {store.id}
    assert (await feed.changes(recent)).rebuild == set()


async def test_young_events_are_not_trimmed(pool: asyncpg.Pool, store: Store) -> None:
    cursor = (await Feed(pool).changes(None)).cursor
    await BookRepository(pool).create(store, BookDraft(title="A", price="1"))

    assert await trim(pool, timedelta(hours=1)) == 0
    assert len((await Feed(pool).changes(cursor)).books[store.id]) == 1


def test_snapshot_text_is_read_as_a_horizon() -> None:
    assert (horizon("10:20:12,15").running, horizon("10:10:").running) == ((12, 15), ())


async def test_everything_and_the_changes_after_the_cursor_miss_no_book(
    pool: asyncpg.Pool, store: Store
) -> None:
    books, source = BookRepository(pool), CatalogueSource(pool)
    before = (await books.create(store, BookDraft(title="Before", price="1"))).book
    cursor = (await Feed(pool).changes(None)).cursor

    read = []
    async for batch in source.everything(store):
        read += batch
        during = (await books.create(store, BookDraft(title="During", price="1"))).book

    assert read == [before]
    assert (await Feed(pool).changes(cursor)).books == {store.id: {during.id}}
    assert await source.books(store, [during.id, new_id()]) == [during]
    assert await source.stores() == (store,)


async def test_scan_given_up_halfway_gives_its_connection_back(
    pool: asyncpg.Pool, store: Store
) -> None:
    await BookRepository(pool).create(store, BookDraft(title="A", price="1"))

    async with contextlib.aclosing(CatalogueSource(pool).everything(store)) as batches:
        async for _ in batches:
            break

    assert pool.get_idle_size() == pool.get_size()
