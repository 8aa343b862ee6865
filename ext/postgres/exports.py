"""Exports of a reader's data: asked for, made by a job, fetched for some days, forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from core.accounts.account import AccountNotFound
from core.kernel.ids import new_id
from core.privacy.export import (
    JOB,
    Export,
    ExportMissing,
    ExportUnfinished,
    archive,
)
from core.privacy.sealing import FieldCipher, Place
from core.stores.store import Store
from core.tasks.job import MOST_ATTEMPTS, Job
from ext.postgres.audit import record
from ext.postgres.jobs import enqueue
from ext.postgres.personal_data import personal_data
from ext.postgres.pool import connection_of, read, transaction_of

_STATE = f"""
select e.id, e.requested_at, e.made_at, e.size, e.content_sealed is not null as ready,
  coalesce(job.attempts >= {MOST_ATTEMPTS}, true) as given_up
from data_export e left join job on job.kind = '{JOB}' and job.subject = e.id
where e.reader_id = $1 and (e.made_at is null or e.made_at > now() - $2::interval)
"""


class ExportRepository:
    """kept: how long one can be fetched. cipher: they lie sealed in the database."""

    def __init__(self, pool: asyncpg.Pool, cipher: FieldCipher, kept: timedelta) -> None:
        self._pool = pool
        self._cipher = cipher
        self._kept = kept

    async def ask(self, store: Store, reader_id: UUID) -> Export:
        """Have one made in place of the last; one that is being made already is enough.

        Raises AccountNotFound.
        """
        async with transaction_of(self._pool) as connection:
            if not await connection.fetchval(
                "select true from reader where id = $1 and store_id = $2 for no key update",
                reader_id,
                store.id,
            ):
                raise AccountNotFound(f"no account has the id {reader_id}")
            row = await connection.fetchrow(_STATE, reader_id, self._kept)
            if row is None or row["ready"] or row["given_up"]:
                await connection.execute("delete from data_export where reader_id = $1", reader_id)
                export_id = new_id()
                await connection.execute(
                    "insert into data_export (id, store_id, reader_id) values ($1, $2, $3)",
                    export_id,
                    store.id,
                    reader_id,
                )
                await enqueue(connection, JOB, export_id)
                row = await connection.fetchrow(_STATE, reader_id, self._kept)
                await record(connection, store.id, "account.export", reader_id)
        return self._told(row)

    async def state(self, reader_id: UUID) -> Export:
        """Raises ExportMissing."""
        row = await read(
            self._pool, lambda connection: connection.fetchrow(_STATE, reader_id, self._kept)
        )
        if row is None:
            raise ExportMissing(
                "no export of your data is kept", remedy="POST /api/v1/me/export has one made"
            )
        return self._told(row)

    async def content(self, reader_id: UUID) -> bytes:
        """The zip. Raises ExportMissing, ExportUnfinished, FieldUnreadable."""
        if (await self.state(reader_id)).state != "ready":
            raise ExportUnfinished(
                "the export is not ready", remedy="GET /api/v1/me/export says when it is"
            )
        row = await read(
            self._pool,
            lambda connection: connection.fetchrow(
                "select id, content_sealed from data_export where reader_id = $1", reader_id
            ),
        )
        if row is None or row["content_sealed"] is None:
            raise ExportMissing("the export is gone", remedy="ask for another")
        return await asyncio.to_thread(self._cipher.open, row["content_sealed"], _place(row["id"]))

    async def make(self, job: Job) -> None:
        """What a job does. Harmless where the export or its reader is gone."""
        export_id = job.subject
        if export_id is None:
            return
        async with transaction_of(self._pool, "repeatable_read") as connection:
            reader_id = await connection.fetchval(
                "select reader_id from data_export where id = $1", export_id
            )
            if reader_id is None:
                return
            parts = await personal_data(connection, reader_id)
        made_at = datetime.now(UTC)

        def sealed() -> tuple[int, bytes]:
            made = archive(parts, made_at=made_at)
            return len(made), self._cipher.seal(made, _place(export_id))

        size, content = await asyncio.to_thread(sealed)
        async with connection_of(self._pool) as connection:
            await connection.execute(
                "update data_export set content_sealed = $2, size = $3, made_at = $4 where id = $1",
                export_id,
                content,
                size,
                made_at,
            )

    def _told(self, row: asyncpg.Record) -> Export:
        made_at = row["made_at"]
        return Export(
            state="ready" if row["ready"] else "failed" if row["given_up"] else "waiting",
            requested_at=row["requested_at"],
            made_at=made_at,
            expires_at=None if made_at is None else made_at + self._kept,
            size=row["size"],
        )


def _place(export_id: UUID) -> Place:
    return Place("data_export", "content_sealed", export_id)
