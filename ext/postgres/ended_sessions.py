"""Sessions that have ended, told to every worker that asks."""

from datetime import timedelta

import asyncpg

from core.accounts.ended import Ended
from ext.postgres.pool import read

OVERLAP = timedelta(minutes=1)
"""A transaction may commit so long after it began, which is the time its rows carry."""


class EndedSessionFeed:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def since(self, until: str | None) -> Ended:
        """As `core.accounts.ended.EndedFeed`. Raises DatabaseUnavailable."""

        async def work(connection: asyncpg.Connection) -> Ended:
            rows = await connection.fetch(
                """select (now() - $2::interval)::text as until, null::uuid, null::bytea
                   union all
                   select null, family, null from ended_session
                   where ended_at >= coalesce($1::text::timestamptz, '-infinity')
                   union all
                   select null, null, reader_digest from erasure
                   where erased_at >= coalesce($1::text::timestamptz, now() - $2::interval)""",
                until,
                OVERLAP,
            )
            return Ended(
                next(row[0] for row in rows if row[0] is not None),
                tuple(row[1] for row in rows if row[1] is not None),
                tuple(row[2] for row in rows if row[2] is not None),
            )

        return await read(self._pool, work)
