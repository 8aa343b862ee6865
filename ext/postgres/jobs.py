"""Jobs: rows that workers take one by one, and give back when they die."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from core.kernel.ids import new_id
from core.tasks.job import MOST_ATTEMPTS, Job
from ext.postgres.pool import connection_of

LEASE: Final = timedelta(seconds=60)
"""A worker that has not been heard of for so long is dead, and its job another's."""


async def enqueue(
    connection: asyncpg.Connection, kind: str, subject: UUID | None, due: datetime | None = None
) -> None:
    """Within the transaction that asks for it; a job of that kind and subject stays as it is.

    One that has failed for good is tried anew.
    """
    await connection.execute(
        """insert into job (id, kind, subject, due_at) values ($1, $2, $3, coalesce($4, now()))
           on conflict (kind, subject) do update set attempts = 0, due_at = excluded.due_at
             where job.attempts >= $5""",
        new_id(),
        kind,
        subject,
        due,
        MOST_ATTEMPTS,
    )


class JobQueue:
    """As `core.tasks.job.Queue`. kinds: those that this process can do."""

    def __init__(self, pool: asyncpg.Pool, kinds: list[str]) -> None:
        self._pool = pool
        self._kinds = kinds

    async def take(self) -> Job | None:
        async with connection_of(self._pool) as connection:
            row = await connection.fetchrow(
                """update job set attempts = attempts + 1, leased_until = now() + $3::interval
                   where id = (
                     select id from job
                     where due_at <= now() and attempts < $2 and kind = any($1::text[])
                       and (leased_until is null or leased_until < now())
                     order by due_at limit 1 for update skip locked)
                   returning id, kind, subject, attempts""",
                self._kinds,
                MOST_ATTEMPTS,
                LEASE,
            )
        return None if row is None else Job(*row)

    async def extend(self, job: Job) -> None:
        await self._update(job, "leased_until = now() + $3::interval", LEASE)

    async def done(self, job: Job, again: datetime | None) -> None:
        if again is not None:
            await self._update(
                job, "due_at = $3, attempts = 0, leased_until = null, fault = null", again
            )
            return
        async with connection_of(self._pool) as connection:
            await connection.execute(
                "delete from job where id = $1 and attempts = $2", job.id, job.attempt
            )

    async def failed(self, job: Job, fault: str, pause_seconds: float) -> None:
        pause = timedelta(seconds=pause_seconds)
        settings = "fault = $3, due_at = now() + $4::interval, leased_until = null"
        await self._update(job, settings, fault, pause)

    async def _update(self, job: Job, settings: str, *values: object) -> None:
        # The attempt is part of the key: a worker that comes back from the dead changes nothing.
        async with connection_of(self._pool) as connection:
            await connection.execute(
                f"update job set {settings} where id = $1 and attempts = $2",
                job.id,
                job.attempt,
                *values,
            )
