"""Popular queries counted in PostgreSQL: by many readers, lately, with their consent."""

from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from core.catalogue.draft import BookDraft
from core.kernel.ids import new_id
from core.privacy.consent import ConsentChange
from core.search.popular_queries import FEWEST_READERS, PopularQuery
from core.stores.store import Store
from ext.postgres.books import BookRepository
from ext.postgres.consents import ConsentRepository
from ext.postgres.popular_queries import count_popular, popular_of
from ext.postgres.rule_books import RuleBooks


@pytest.fixture(autouse=True)
async def emma(pool: asyncpg.Pool, store: Store) -> None:
    draft = BookDraft(title="Emma", price="5", authors=("Jane Austen",))
    await BookRepository(pool).create(store, draft)


async def ask(
    pool: asyncpg.Pool, store: Store, query: str, readers: int, *, days: int = 1, times: int = 1
) -> list[UUID]:
    """So many new readers ask it so many times each, so many days ago; their ids."""
    ids: list[UUID] = [new_id() for _ in range(readers)]
    async with pool.acquire() as connection:
        await connection.executemany(
            "insert into reader (id, store_id, display_name) values ($1, $2, 'Ada')",
            [(each, store.id) for each in ids],
        )
        await connection.executemany(
            """insert into event (id, store_id, reader_id, kind, query, occurred_at)
               values ($1, $2, $3, 'search', $4, now() - make_interval(days => $5))""",
            [(new_id(), store.id, each, query, days) for each in ids for _ in range(times)],
        )
    return ids


async def popular(pool: asyncpg.Pool, store: Store) -> list[PopularQuery]:
    await count_popular(pool)
    async with pool.acquire() as connection:
        return await popular_of(connection, store.id)


async def test_query_of_enough_readers_is_popular(pool: asyncpg.Pool, store: Store) -> None:
    await ask(pool, store, " Jane  AUSTEN ", FEWEST_READERS, times=3)
    await ask(pool, store, "jane austen", 1)
    await ask(pool, store, "emma", FEWEST_READERS - 1, times=9)
    await ask(pool, store, "austen emma", FEWEST_READERS, days=31)

    assert await popular(pool, store) == [PopularQuery("jane austen", FEWEST_READERS + 1)]


async def test_words_that_no_book_has_are_not_repeated(pool: asyncpg.Pool, store: Store) -> None:
    await ask(pool, store, "jane austin", FEWEST_READERS)

    assert await popular(pool, store) == []


async def test_strangers_and_readers_who_object_are_not_counted(
    pool: asyncpg.Pool, store: Store
) -> None:
    (first, *_) = await ask(pool, store, "emma", FEWEST_READERS)
    async with pool.acquire() as connection:
        await connection.executemany(
            """insert into event (id, store_id, kind, query, occurred_at)
               values ($1, $2, 'search', 'emma', now())""",
            [(new_id(), store.id) for _ in range(9)],
        )
    assert await popular(pool, store) == [PopularQuery("emma", FEWEST_READERS)]

    change = ConsentChange(analytics=False, version="1")
    await ConsentRepository(pool).decide(store, first, change)

    assert await popular(pool, store) == []


async def test_workers_see_what_changed_and_only_that(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    books = RuleBooks(pool, tmp_path / "rules.json")
    await books.refresh()
    await ask(pool, store, "jane austen", FEWEST_READERS)
    await count_popular(pool)

    assert await books.refresh()
    assert books.popular_of(store.id).starting("jane") == ["jane austen"]
    remembered = RuleBooks(pool, tmp_path / "rules.json")
    assert remembered.popular_of(store.id).starting("jane") == ["jane austen"]
    await count_popular(pool)
    assert not await books.refresh()
