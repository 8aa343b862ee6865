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
                """select (now() - $2::interval)::text as until, e.family
                   from (values (1)) one left join ended_session e
                     on e.ended_at >= coalesce($1::text::timestamptz, '-infinity')""",
                until,
                OVERLAP,
            )
            ended = tuple(row["family"] for row in rows if row["family"] is not None)
            return Ended(rows[0]["until"], ended)

        return await read(self._pool, work)
