"""How long rows about persons are kept, and the night that removes the others."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from core.tasks.job import MOST_ATTEMPTS
from ext.postgres.pool import connection_of

JOB: Final = "privacy.retention"
HOUR: Final = 3
"""Of the day, in UTC."""
BATCH: Final = 5_000

# By setting: the table, and which of its rows are older than $1. Small steps, each committed: no
# round locks out those who write.
RULES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "keep_exports_days": (("data_export", "coalesce(made_at, requested_at) < now() - $1"),),
    "keep_events_days": (
        ("event", "occurred_at < now() - $1"),
        ("experiment_exposure", "shown_at < now() - $1"),
    ),
    "keep_places_days": (("known_place", "seen_at < now() - $1"),),
    "keep_letters_days": (("waiting_letter", "given_up_at < now() - $1"),),
    "keep_jobs_days": (("job", f"attempts >= {MOST_ATTEMPTS} and due_at < now() - $1"),),
    "keep_erasures_days": (
        ("erasure", "erased_at < now() - $1"),
        (
            "receipt_key",
            """first_used_at < now() - $1
               and not exists (select from erasure where erased_at > now() - $1)""",
        ),
    ),
}


async def forget_old(pool: asyncpg.Pool, kept_days: Mapping[str, int]) -> dict[str, int]:
    """Remove what is older than its setting says; how many rows, by table.

    kept_days: by the names of RULES. Tables that this schema has not are passed over.
    """
    gone: dict[str, int] = {}
    for setting, rules in RULES.items():
        kept = timedelta(days=kept_days[setting])
        for table, old in rules:
            gone[table] = await _forget(pool, table, old, kept)
    return {table: count for table, count in gone.items() if count}


def next_night(now: datetime | None = None) -> datetime:
    """When the next round is due: at HOUR, in more than an hour's time."""
    soon = (now or datetime.now(UTC)) + timedelta(hours=1)
    night = soon.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return night if night > soon else night + timedelta(days=1)


async def _forget(pool: asyncpg.Pool, table: str, old: str, kept: timedelta) -> int:
    condition = old.replace("$1", "$1::interval")
    total = 0
    async with connection_of(pool) as connection:
        if await connection.fetchval("select to_regclass($1)", table) is None:
            return 0
        while True:
            done = await connection.execute(
                f"""delete from {table} where ctid = any(array(
                      select ctid from {table} where {condition} limit {BATCH}))
                    and {condition}""",
                kept,
            )
            count = int(done.split()[1])
            total += count
            if count < BATCH:
                return total
