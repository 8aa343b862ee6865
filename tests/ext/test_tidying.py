"""What is tidied away, and what stays."""

import asyncio
from datetime import timedelta

import asyncpg

from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.tidying import keep_tidy, tidy


async def test_told_events_and_ended_sessions_go_and_the_others_stay(
    pool: asyncpg.Pool, store: Store
) -> None:
    reader = new_id()
    async with pool.acquire() as connection:
        await connection.execute(
            "insert into reader (id, store_id, display_name) values ($1, $2, 'Ada')",
            reader,
            store.id,
        )
        for days in (8, 6):
            await connection.execute(
                """insert into outbox (store_id, entity, entity_id, created_at)
                   values ($1, 'book', $2, now() - $3::interval)""",
                store.id,
                new_id(),
                timedelta(days=days),
            )
        for hours in (-1, 1):
            await connection.execute(
                """insert into session (id, store_id, reader_id, family, token_hash, expires_at)
                   values ($1, $2, $3, $1, $4, now() + $5::interval)""",
                new_id(),
                store.id,
                reader,
                f"{hours}".encode(),
                timedelta(hours=hours),
            )

    assert await tidy(pool) == (1, 1)
    assert await tidy(pool) == (0, 0)
    async with pool.acquire() as connection:
        assert await connection.fetchval("select count(*) from session") == 1
        assert await connection.fetchval("select count(*) from outbox") == 1


async def test_tidying_comes_round_again(pool: asyncpg.Pool, store: Store) -> None:
    rounds = asyncio.create_task(keep_tidy(pool, every_seconds=0.001))
    async with pool.acquire() as connection:
        for _ in range(2):
            await connection.execute(
                """insert into outbox (store_id, entity, entity_id, created_at)
                   values ($1, 'book', $1, now() - interval '9 days')""",
                store.id,
            )
            async with asyncio.timeout(300):
                while await connection.fetchval("select count(*) from outbox"):
                    pass

    rounds.cancel()
    await asyncio.wait([rounds])
    assert rounds.cancelled()
