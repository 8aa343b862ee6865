"""The months of the event table: the coming ones made ahead, those long past dropped whole."""

from datetime import UTC, datetime, timedelta

import asyncpg

from ext.postgres.pool import transaction_of

MONTHS_AHEAD = 2
DAYS_KEPT = 396
# "bookwhev" in ASCII, cut to the 63 bits an advisory lock takes.
_LOCK = int.from_bytes(b"bookwhev", "big") >> 1

_MONTHS = """
select child.relname from pg_inherits
  join pg_class child on child.oid = inhrelid
 where inhparent = 'event'::regclass and child.relname ~ '^event_[0-9]{4}_[0-9]{2}$'
"""


async def prepare_months(
    pool: asyncpg.Pool, *, now: datetime | None = None, days_kept: int = DAYS_KEPT
) -> list[str]:
    """Make and drop what the calendar asks for; the names of both. Raises DatabaseUnavailable.

    A month is dropped when its last day is longer ago than days_kept.
    A month that events have reached before it was made stays with `event_other`.
    """
    moment = now or datetime.now(UTC)
    this, oldest = _month(moment), _month(moment - timedelta(days=days_kept))
    wanted = {_name(month): month for month in range(this - 1, this + MONTHS_AHEAD + 1)}
    changed = []
    async with transaction_of(pool) as connection:
        await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
        there = {row["relname"] for row in await connection.fetch(_MONTHS)}
        for name, month in wanted.items():
            if name not in there and not await _begun(connection, month):
                await connection.execute(
                    f"create table {name} partition of event for values "
                    f"from ('{_first(month)}') to ('{_first(month + 1)}')"
                )
                changed.append(name)
        for name in sorted(there):
            if name < _name(oldest):
                await connection.execute(f"drop table {name}")
                changed.append(name)
    return changed


async def _begun(connection: asyncpg.Connection, month: int) -> bool:
    found: bool = await connection.fetchval(
        f"select exists (select from event_other where occurred_at >= '{_first(month)}'"
        f" and occurred_at < '{_first(month + 1)}')"
    )
    return found


def _month(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1


def _name(month: int) -> str:
    return f"event_{month // 12:04}_{month % 12 + 1:02}"


def _first(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}-01 00:00:00+00"
