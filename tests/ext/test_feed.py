"""The change feed loses nothing, whatever the order of commits."""

import asyncio
import random
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from core.catalogue.draft import BookDraft
from core.kernel.ids import new_id
from core.search.following import RebuildNeeded
from core.stores.store import Store, StoreNotFound
from ext.postgres.books import BookRepository
from ext.postgres.feed import Feed, cursor_of, horizon
from ext.postgres.names import NameRepository
from ext.postgres.outbox import announce, trim
from ext.postgres.pool import open_pool, transaction_of
from ext.postgres.source import CatalogueSource


async def start(pool: asyncpg.Pool) -> str:
    async with transaction_of(pool, "repeatable_read") as connection:
        return (await cursor_of(connection))[0]


async def test_eight_slow_writers_and_no_change_is_lost(database_url: str, store: Store) -> None:
    pool = await open_pool(database_url, size=10)
    feed = Feed(pool)
    cursor = await start(pool)
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
    cursor = await start(pool)
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
        cursor = await start(pool)

    assert (await feed.changes(cursor)).books == {store.id: {early}}


async def test_horizon_tells_which_write_is_in(pool: asyncpg.Pool, store: Store) -> None:
    feed, books = Feed(pool), BookRepository(pool)
    before = await feed.changes(await start(pool))

    token = int((await books.create(store, BookDraft(title="A", price="1"))).token)

    after = await feed.changes(before.cursor)
    assert not before.horizon.contains(token)
    assert after.horizon.contains(token)


async def test_renamed_author_is_told_as_its_books(pool: asyncpg.Pool, store: Store) -> None:
    books, authors = BookRepository(pool), NameRepository(pool, "author")
    emma = (await books.create(store, BookDraft(title="Emma", price="1", authors=("Jane",)))).book
    await books.create(store, BookDraft(title="Other", price="1", authors=("Somebody",)))
    cursor = await start(pool)

    await authors.rename(store, emma.authors[0].id, "Jane Austen", 1)

    assert (await Feed(pool).changes(cursor)).books == {store.id: {emma.id}}


async def test_event_of_a_store_asks_for_its_rebuild(pool: asyncpg.Pool, store: Store) -> None:
    cursor = await start(pool)

    async with transaction_of(pool) as connection:
        await announce(connection, store.id, "store", store.id)

    assert (await Feed(pool).changes(cursor)).stores == {store.id}


@pytest.mark.parametrize("cursor", ["", "x", "1.2/1:1:", "/1:1:", "\x00/1:1:", "9/1:1:x"])
async def test_cursor_of_another_database_asks_for_a_rebuild(
    pool: asyncpg.Pool, cursor: str
) -> None:
    with pytest.raises(RebuildNeeded, match="is not of database"):
        await Feed(pool).changes(cursor)


async def test_cursor_ahead_of_the_database_asks_for_a_rebuild(pool: asyncpg.Pool) -> None:
    identity = (await start(pool)).partition("/")[0]

    with pytest.raises(RebuildNeeded):
        await Feed(pool).changes(f"{identity}/999999999:999999999:")


async def test_cursor_older_than_the_trimmed_events_asks_for_a_rebuild(
    pool: asyncpg.Pool, store: Store
) -> None:
    feed = Feed(pool)
    old = await start(pool)
    await BookRepository(pool).create(store, BookDraft(title="A", price="1"))
    recent = (await feed.changes(old)).cursor

    trimmed = await trim(pool, timedelta(0))

    assert trimmed == 1
    assert (await feed.changes(recent)).books == {}
    with pytest.raises(RebuildNeeded, match="forgotten"):
        await feed.changes(old)


async def test_young_events_are_not_trimmed(pool: asyncpg.Pool, store: Store) -> None:
    cursor = await start(pool)
    await BookRepository(pool).create(store, BookDraft(title="A", price="1"))

    assert await trim(pool, timedelta(hours=1)) == 0
    assert len((await Feed(pool).changes(cursor)).books[store.id]) == 1


def test_snapshot_text_is_read_as_a_horizon() -> None:
    assert (horizon("10:20:12,15").running, horizon("10:10:").running) == ((12, 15), ())


async def test_everything_and_the_changes_after_it_miss_no_book(
    pool: asyncpg.Pool, store: Store
) -> None:
    books, source = BookRepository(pool), CatalogueSource(pool)
    before = (await books.create(store, BookDraft(title="Before", price="1"))).book

    async with source.everything(store.id) as everything:
        during = (await books.create(store, BookDraft(title="During", price="1"))).book
        read = [book async for batch in everything.batches for book in batch]

    assert (everything.count, read) == (1, [before])
    assert (await Feed(pool).changes(everything.cursor)).books == {store.id: {during.id}}
    assert await source.books(store.id, [during.id, new_id()]) == [during]


async def test_failure_of_who_reads_everything_passes_unchanged(
    pool: asyncpg.Pool, store: Store
) -> None:
    with pytest.raises(OSError, match="no space left"):
        async with CatalogueSource(pool).everything(store.id):
            raise OSError("no space left")

    assert await CatalogueSource(pool).books(store.id, []) == []


async def test_everything_of_an_unknown_store_is_refused(pool: asyncpg.Pool) -> None:
    with pytest.raises(StoreNotFound):
        async with CatalogueSource(pool).everything(new_id()):
            pass
