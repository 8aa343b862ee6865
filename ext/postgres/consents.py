"""Decisions of readers about what may be kept of them, appended and never changed."""

from typing import Final
from uuid import UUID

import asyncpg

from core.accounts.account import AccountNotFound
from core.events.event import WITH_CONSENT
from core.kernel.ids import new_id
from core.privacy.consent import Consent, ConsentChange, Decision
from core.stores.store import Store
from ext.postgres.audit import record
from ext.postgres.pool import read, transaction_of

MOST_TOLD: Final = 100
WITHDRAWN: Final = """
coalesce((select not granted from consent where consent.reader_id = {reader}
  and purpose = 'analytics' order by recorded_at desc, id desc limit 1), false)
"""
"""Whether the reader objects to statistics now; reader: an expression of SQL."""


class ConsentRepository:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def of(self, reader_id: UUID) -> Consent:
        async def work(connection: asyncpg.Connection) -> Consent:
            rows = await connection.fetch(
                """select purpose, granted, version, recorded_at from consent
                   where reader_id = $1 order by recorded_at desc, id desc limit $2""",
                reader_id,
                MOST_TOLD,
            )
            history = tuple(Decision(**dict(row)) for row in rows)
            return Consent(analytics=history[0].granted if history else None, history=history)

        return await read(self._pool, work)

    async def decide(self, store: Store, reader_id: UUID, change: ConsentChange) -> Consent:
        """From the commit on it holds in every worker. Who withdraws is forgotten, too: what was
        kept for statistics goes with it. Raises AccountNotFound.
        """
        async with transaction_of(self._pool) as connection:
            # Two decisions at once are one after the other, also by the clock of the rows.
            if not await connection.fetchval(
                "select true from reader where id = $1 and store_id = $2 for no key update",
                reader_id,
                store.id,
            ):
                raise AccountNotFound(f"no account has the id {reader_id}")
            await connection.execute(
                """insert into consent
                     (id, store_id, reader_id, purpose, granted, version, recorded_at)
                   values ($1, $2, $3, 'analytics', $4, $5, clock_timestamp())""",
                new_id(),
                store.id,
                reader_id,
                change.analytics,
                change.version,
            )
            if not change.analytics:
                await connection.execute(
                    "delete from event where reader_id = $1 and kind = any($2::text[])",
                    reader_id,
                    sorted(WITH_CONSENT),
                )
                await connection.execute(
                    "delete from experiment_exposure where reader_id = $1", reader_id
                )
            await record(
                connection, store.id, "account.consent", reader_id, analytics=change.analytics
            )
        return await self.of(reader_id)
