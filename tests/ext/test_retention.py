"""What is forgotten by night, and what stays (ASVS v5.0.0 14.2.7)."""

from datetime import UTC, datetime, timedelta
from typing import get_type_hints

import asyncpg
import pytest

from api.settings import Settings
from core.kernel.ids import new_id
from core.stores.store import Store
from core.tasks.job import MOST_ATTEMPTS
from ext.postgres.event_months import prepare_months
from ext.postgres.retention import BATCH, HOUR, RULES, forget_old, next_night

DAYS = dict.fromkeys(RULES, 10)


async def add(pool: asyncpg.Pool, store: Store, days: int) -> None:
    """A row of every kind, so many days old."""
    old = timedelta(days=days)
    reader = new_id()
    async with pool.acquire() as connection:
        await connection.execute(
            "insert into reader (id, store_id, display_name) values ($1, $2, 'Ada')",
            reader,
            store.id,
        )
        for statement, *values in (
            (
                """insert into event (id, store_id, kind, path, occurred_at)
                   values ($1, $2, 'page_view', '/', now() - $3::interval)""",
                new_id(),
                store.id,
            ),
            (
                """insert into data_export (id, store_id, reader_id, requested_at)
                   values ($1, $2, $4, now() - $3::interval)""",
                new_id(),
                store.id,
            ),
            (
                """insert into known_place (store_id, place, seen_at)
                   values ($2, decode(replace($1::text, '-', ''), 'hex'), now() - $3::interval)""",
                str(new_id()),
                store.id,
            ),
            (
                """insert into job (id, kind, subject, attempts, due_at)
                   select $1, 'x', $1, 5, now() - $3::interval where $2::uuid is not null""",
                new_id(),
                store.id,
            ),
            (
                """insert into erasure (id, store_id, reader_digest, counts, erased_at)
                   values ($1, $2, '\\x00', '{}', now() - $3::interval)""",
                new_id(),
                store.id,
            ),
        ):
            extra = [reader] if "$4" in statement else []
            await connection.execute(statement, *values, old, *extra)


async def counts(pool: asyncpg.Pool) -> dict[str, int]:
    tables = ("event", "data_export", "known_place", "job", "erasure")
    async with pool.acquire() as connection:
        return {
            table: await connection.fetchval(f"select count(*) from {table}") for table in tables
        }


async def test_rows_past_their_time_go_and_the_others_stay(
    pool: asyncpg.Pool, store: Store
) -> None:
    for days in (9, 11, 12):
        await add(pool, store, days)

    gone = await forget_old(pool, DAYS)

    assert gone == dict.fromkeys(("data_export", "event", "known_place", "job", "erasure"), 2)
    assert await forget_old(pool, DAYS) == {}
    assert await counts(pool) == dict.fromkeys(gone, 1)


async def test_each_setting_says_how_long_its_own_rows_are_kept(
    pool: asyncpg.Pool, store: Store
) -> None:
    await add(pool, store, 11)

    gone = await forget_old(pool, dict.fromkeys(RULES, 30) | {"keep_events_days": 10})

    assert gone == {"event": 1}


async def test_more_than_one_batch_goes_in_a_night(pool: asyncpg.Pool, store: Store) -> None:
    async with pool.acquire() as connection:
        await connection.execute(
            """insert into event (id, store_id, kind, path, occurred_at)
               select gen_random_uuid(), $1, 'page_view', '/', now() - n % 40 * interval '1 day'
               from generate_series(0, $2::int - 1) n""",
            store.id,
            2 * BATCH,
        )

    gone = await forget_old(pool, DAYS)

    assert gone["event"] > BATCH
    async with pool.acquire() as connection:
        oldest = await connection.fetchval("select max(now() - occurred_at) from event")
    assert oldest < timedelta(days=10)


async def test_jobs_that_may_succeed_yet_are_never_forgotten(
    pool: asyncpg.Pool, store: Store
) -> None:
    await add(pool, store, 100)
    async with pool.acquire() as connection:
        await connection.execute("update job set attempts = $1", MOST_ATTEMPTS - 1)

    assert "job" not in await forget_old(pool, DAYS)


async def test_key_of_a_receipt_is_kept_as_long_as_the_receipt_counts(
    pool: asyncpg.Pool, store: Store
) -> None:
    async with pool.acquire() as connection:
        await connection.execute(
            "insert into receipt_key values ('k', 'x', now() - interval '99 days')"
        )
    await add(pool, store, 5)

    assert "receipt_key" not in await forget_old(pool, DAYS)
    async with pool.acquire() as connection:
        await connection.execute("update erasure set erased_at = now() - interval '11 days'")
    assert (await forget_old(pool, DAYS))["receipt_key"] == 1


async def test_month_is_dropped_when_all_of_it_is_older_than_its_setting(
    pool: asyncpg.Pool,
) -> None:
    made = await prepare_months(pool, now=datetime(2024, 1, 15, tzinfo=UTC))
    assert "event_2023_12" in made

    after = await prepare_months(pool, now=datetime(2024, 2, 9, tzinfo=UTC), days_kept=40)
    later = await prepare_months(pool, now=datetime(2024, 2, 10, tzinfo=UTC), days_kept=40)

    assert "event_2023_12" not in after
    assert "event_2023_12" in later


def test_every_rule_has_a_setting_and_every_period_a_rule() -> None:
    periods = {name for name in get_type_hints(Settings) if name.startswith("keep_")}

    assert periods == set(RULES)


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (datetime(2026, 11, 29, 1, 0, tzinfo=UTC), datetime(2026, 11, 29, HOUR, tzinfo=UTC)),
        (datetime(2026, 11, 29, 2, 30, tzinfo=UTC), datetime(2026, 11, 30, HOUR, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), datetime(2027, 1, 1, HOUR, tzinfo=UTC)),
    ],
)
def test_next_night_is_the_next_but_never_this_one_again(now: datetime, night: datetime) -> None:
    assert next_night(now) == night
