"""The audit log: appended to in the transaction of the act, read by page, verified as a chain."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core.audit.actor import ACTING, Actor
from core.audit.entry import GENESIS, Entry, Flaw, flaws_in, seal
from core.audit.question import AuditQuestion
from ext.postgres.pool import read, transaction_of

_ENCODE = msgspec.json.Encoder(order="deterministic").encode
_ROWS_AT_ONCE = 2_000


async def record(
    connection: asyncpg.Connection, store_id: UUID, action: str, subject: object = "", **detail: Any
) -> None:
    """Append an entry by whoever acts, in the caller's transaction: call it last.

    The head stays locked until the commit, so who locks more after it may deadlock. detail: holds
    nothing that names a person.
    """
    actor, at = ACTING.get(), datetime.now(UTC)
    head = await connection.fetchrow(
        """insert into audit_head (store_id, seq, digest) values ($1, 1, $2)
           on conflict (store_id) do update set seq = audit_head.seq + 1 returning seq, digest""",
        store_id,
        GENESIS,
    )
    fields: dict[str, Any] = {
        "store_id": store_id,
        "seq": head["seq"],
        "at": at,
        "action": action,
        "subject": str(subject),
        "detail": _ENCODE(detail).decode(),
        "previous": head["digest"],
    }
    digest = seal(actor=actor, **fields)
    await connection.execute(
        """with entry as (
             insert into audit_entry (store_id, seq, at, action, subject, detail, previous,
               via, actor_id, role, credential, request_id, digest)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13))
           update audit_head set digest = $13 where store_id = $1""",
        *fields.values(),
        actor.via,
        actor.id,
        actor.role,
        actor.credential,
        actor.request_id,
        digest,
    )


class AuditRepository:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(self, store_id: UUID, asked: AuditQuestion) -> list[Entry]:
        """Newest first, at most `asked.size`."""

        async def work(connection: asyncpg.Connection) -> list[Entry]:
            rows = await connection.fetch(
                """select * from audit_entry where store_id = $1
                     and ($2::bigint is null or seq < $2)
                     and ($3::text is null or action = $3 or starts_with(action, $4))
                     and ($5::uuid is null or actor_id = $5)
                     and ($6::text is null or subject = $6)
                     and ($7::timestamptz is null or at >= $7)
                     and ($8::timestamptz is null or at < $8)
                   order by seq desc limit $9""",
                store_id,
                asked.before,
                asked.action,
                None if asked.action is None else asked.action + ".",
                asked.actor,
                asked.subject,
                asked.since,
                asked.until,
                asked.size,
            )
            return list(map(_entry_of, rows))

        return await read(self._pool, work)

    async def holds(self, store_id: UUID, seal: str) -> bool:
        """Whether an entry has that seal, in hex."""

        async def work(connection: asyncpg.Connection) -> bool:
            found = await connection.fetchval(
                """select exists (select from audit_entry
                   where store_id = $1 and encode(digest, 'hex') = lower($2))""",
                store_id,
                seal,
            )
            return bool(found)

        return await read(self._pool, work)

    async def flaws(self, store_id: UUID) -> tuple[list[Flaw], int, bytes]:
        """Every break of the store's chain; number and seal of its newest entry."""
        async with transaction_of(self._pool, "repeatable_read") as connection:
            head = await connection.fetchrow(
                "select seq, digest from audit_head where store_id = $1", store_id
            )
            seq, digest = (head["seq"], head["digest"]) if head is not None else (0, GENESIS)
            entries = [entry async for entry in _chain(connection, store_id)]
        return flaws_in(entries, last_seq=seq, last_digest=digest), seq, digest


async def _chain(connection: asyncpg.Connection, store_id: UUID) -> AsyncIterator[Entry]:
    query = "select * from audit_entry where store_id = $1 order by seq"
    async for row in connection.cursor(query, store_id, prefetch=_ROWS_AT_ONCE):
        yield _entry_of(row)


def _entry_of(row: asyncpg.Record) -> Entry:
    return Entry(
        store_id=row["store_id"],
        seq=row["seq"],
        at=row["at"],
        actor=Actor(row["via"], row["actor_id"], row["role"], row["credential"], row["request_id"]),
        action=row["action"],
        subject=row["subject"],
        detail=row["detail"],
        previous=row["previous"],
        digest=row["digest"],
    )
