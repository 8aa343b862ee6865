"""The outbox: a row for each thing that changed, written in the transaction that changed it."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

import asyncpg

from ext.postgres.pool import transaction_of

Entity = Literal["book", "author", "category", "publisher", "series", "store"]


async def announce(
    connection: asyncpg.Connection, store_id: UUID, entity: Entity, entity_id: UUID
) -> str:
    """Tell followers; the write's token for `Index-Version`.

    Call it after the row is locked: seq then orders the events of one row as its writes.
    """
    token = await connection.fetchval(
        "insert into outbox (store_id, entity, entity_id) values ($1, $2, $3) returning xid::text",
        store_id,
        entity,
        entity_id,
    )
    return str(token)


async def trim(pool: asyncpg.Pool, older_than: timedelta) -> int:
    """Forget events older than that; how many. A follower further behind has to rebuild.

    Only transactions that every later snapshot sees go, and the highest of them is written
    down: that is how `Feed` knows that a cursor came too late.
    """
    async with transaction_of(pool) as connection:
        gone = await connection.fetchrow(
            """with gone as (
                 delete from outbox
                 where created_at < now() - $1::interval
                   and xid < pg_snapshot_xmin(pg_current_snapshot())
                 returning xid)
               select count(*) as total, max(xid) as latest from gone""",
            older_than,
        )
        if gone["total"]:
            await connection.execute(
                "update outbox_trimmed set xid = greatest(xid, $1)", gone["latest"]
            )
        return int(gone["total"])
