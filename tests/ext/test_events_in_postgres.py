"""Events in PostgreSQL: each once, where it belongs, in the month it happened in."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.accounts.account import AccountNotFound
from core.catalogue.draft import BookDraft
from core.events.event import Event, Recorded
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.accounts import AccountRepository
from ext.postgres.books import BookRepository
from ext.postgres.event_months import prepare_months
from ext.postgres.events import EventRepository


@pytest.fixture
async def reader(pool: asyncpg.Pool, store: Store) -> UUID:
    account = await AccountRepository(pool).create(
        store, email="ann@example.org", display_name="Ann", password_hash=None
    )
    return account.id


@pytest.fixture
async def book(pool: asyncpg.Pool, store: Store) -> UUID:
    return (await BookRepository(pool).create(store, BookDraft(title="A", price="1"))).book.id


def event(kind: Any, **fields: Any) -> Event:
    return Event(id=new_id(), kind=kind, **fields)


async def test_reader_s_acts_with_a_book_join_the_history(
    pool: asyncpg.Pool, store: Store, reader: UUID, book: UUID
) -> None:
    told = [event("book_view", book_id=book), event("review", book_id=book, rating=4)]

    recorded = await EventRepository(pool).add(store, reader, told)

    rows = await pool.fetch("select id, kind, value from interaction order by kind")
    assert recorded == Recorded(accepted=2)
    assert [tuple(row) for row in rows] == [
        (told[0].id, "book_view", None),
        (told[1].id, "rating", 4.0),
    ]


async def test_what_strangers_do_is_kept_without_a_name(
    pool: asyncpg.Pool, store: Store, book: UUID
) -> None:
    told = [event("book_view", book_id=book), event("search", query="emma")]

    recorded = await EventRepository(pool).add(store, None, told)

    rows = await pool.fetch("select kind, reader_id, query from event order by kind")
    assert recorded == Recorded(accepted=2)
    assert [tuple(row) for row in rows] == [("book_view", None, None), ("search", None, "emma")]


async def test_event_sent_again_counts_once(
    pool: asyncpg.Pool, store: Store, reader: UUID, book: UUID
) -> None:
    events = EventRepository(pool)
    told = [event("add_to_cart", book_id=book), event("page_view", path="/")]
    await events.add(store, reader, told)

    recorded = await events.add(store, reader, [*told, told[0]])

    assert recorded == Recorded(duplicates=3)
    assert await pool.fetchval("select count(*) from interaction") == 1
    assert await pool.fetchval("select count(*) from event") == 1


async def test_batches_with_the_same_events_at_once_store_each_once(
    pool: asyncpg.Pool, store: Store, reader: UUID, book: UUID
) -> None:
    told = [event("book_view", book_id=book) for _ in range(300)]
    events = EventRepository(pool)

    found = await asyncio.gather(
        *(events.add(store, reader, told[:: 1 - 2 * (turn % 2)]) for turn in range(8))
    )

    assert sum(each.accepted for each in found) == 300
    assert sum(each.duplicates for each in found) == 7 * 300


async def test_book_of_no_shelf_is_counted_as_unknown(
    pool: asyncpg.Pool, store: Store, reader: UUID
) -> None:
    told = [event("book_view", book_id=new_id())]

    events = EventRepository(pool)

    assert await events.add(store, reader, told) == Recorded(unknown=1)
    assert await events.add(store, None, told) == Recorded(unknown=1)


async def test_reader_who_is_gone_is_nobody(pool: asyncpg.Pool, store: Store, book: UUID) -> None:
    with pytest.raises(AccountNotFound):
        await EventRepository(pool).add(store, new_id(), [event("book_view", book_id=book)])


async def test_reader_s_events_go_with_the_account(
    pool: asyncpg.Pool, store: Store, reader: UUID
) -> None:
    await EventRepository(pool).add(store, reader, [event("search", query="my illness")])

    await pool.execute("delete from reader where id = $1", reader)

    assert await pool.fetchval("select count(*) from event") == 0


async def test_event_lies_in_its_month(pool: asyncpg.Pool, store: Store) -> None:
    await prepare_months(pool)

    await EventRepository(pool).add(store, None, [event("page_view", path="/")])

    where, at = await pool.fetchrow("select tableoid::regclass::text, occurred_at from event")
    assert where == f"event_{at:%Y_%m}"
    assert await prepare_months(pool) == []


async def test_months_are_made_ahead_and_dropped_when_long_past(pool: asyncpg.Pool) -> None:
    first = await prepare_months(pool, now=datetime(2030, 12, 15, tzinfo=UTC))

    later = await prepare_months(pool, now=datetime(2032, 2, 1, tzinfo=UTC))

    assert first == ["event_2030_11", "event_2030_12", "event_2031_01", "event_2031_02"]
    assert later == [
        "event_2032_01", "event_2032_02", "event_2032_03", "event_2032_04",
        "event_2030_11", "event_2030_12",
    ]  # fmt: skip


async def test_month_that_events_reached_first_stays_where_they_are(
    pool: asyncpg.Pool, store: Store
) -> None:
    moment = datetime.now(UTC) - timedelta(minutes=1)
    told = event("page_view", path="/", occurred_at=moment)
    await EventRepository(pool).add(store, None, [told])

    made = await prepare_months(pool)

    assert f"event_{moment:%Y_%m}" not in made
    assert await pool.fetchval("select count(*) from event_other") == 1
