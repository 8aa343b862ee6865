"""Failed sign-ins, counted in the database: exact over all workers and nodes."""

from typing import Final
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from core.accounts.lockout import (
    FIRST_SECONDS,
    FORGOTTEN_SECONDS,
    LONGEST_SECONDS,
    Attempt,
    SignInLocked,
    account_digests,
)
from ext.postgres.audit import record
from ext.postgres.pool import transaction_of

_BY_DIGEST: Final = {"sign_in_attempt": "subject", "known_place": "account"}
# `refused` is what the update before found; the row of a refused attempt stays as it was, for the
# transaction is rolled back.
_COUNT = f"""
insert into sign_in_attempt as a (store_id, subject, failures, refused)
select $1, subject, 1, false from unnest($2::bytea[]) as subject
order by subject -- two attempts with the same subjects must not deadlock
on conflict (store_id, subject) do update set
  refused = coalesce(a.locked_until > now(), false),
  failures = case when a.failed_at < now() - interval '{FORGOTTEN_SECONDS} s'
             then 1 else a.failures + 1 end,
  failed_at = now()
returning subject, failures, refused, extract(epoch from locked_until - now()) as seconds
"""
_LOCK = f"""
update sign_in_attempt set locked_until = now()
  + least({FIRST_SECONDS} * power(2, failures - $3), {LONGEST_SECONDS}) * interval '1 s'
where store_id = $1 and subject = $2 and failures >= $3
"""
_TAKE_BACK = """
update sign_in_attempt set failures = greatest(failures - 1, 0),
  locked_until = case when failures > $3 then locked_until end
where store_id = $1 and subject = $2
"""


class AttemptRepository:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def begin(self, attempt: Attempt) -> Attempt:
        """As `core.accounts.lockout.Lockout`. Raises SignInLocked."""
        async with transaction_of(self._pool) as connection:
            known = await connection.fetchval(
                "select true from known_place where store_id = $1 and place = $2",
                attempt.store_id,
                attempt.place,
            )
            begun = replace(attempt, known=bool(known))
            counted = dict(begun.counted)
            rows = await connection.fetch(_COUNT, attempt.store_id, [*counted])
            if refused := [row["seconds"] for row in rows if row["refused"]]:
                raise SignInLocked(int(max(refused)) + 1)
            locked = [row for row in rows if row["failures"] >= counted[row["subject"]]]
            for row in locked:
                subject = row["subject"]
                await connection.execute(_LOCK, attempt.store_id, subject, counted[subject])
            for row in locked:
                subject, failures = row["subject"], row["failures"]
                # A digest: whom it names can be compared, and not read.
                await record(
                    connection, attempt.store_id, "sign_in.lock", subject.hex(), failures=failures
                )
        return begun

    async def succeeded(self, attempt: Attempt) -> None:
        async with transaction_of(self._pool) as connection:
            (subject, _), *others = attempt.counted
            await connection.execute(
                "delete from sign_in_attempt where store_id = $1 and subject = $2",
                attempt.store_id,
                subject,
            )
            for other, most in others:
                await connection.execute(_TAKE_BACK, attempt.store_id, other, most)
            await _remember_place(connection, attempt)

    async def recovered(self, attempt: Attempt) -> None:
        async with transaction_of(self._pool) as connection:
            await connection.execute(
                "delete from sign_in_attempt where store_id = $1 and subject = any($2)",
                attempt.store_id,
                [attempt.account, attempt.place],
            )
            await _remember_place(connection, attempt)

    async def withdrawn(self, attempt: Attempt) -> None:
        async with transaction_of(self._pool) as connection:
            for subject, most in sorted(attempt.counted):
                await connection.execute(_TAKE_BACK, attempt.store_id, subject, most)


async def _remember_place(connection: asyncpg.Connection, attempt: Attempt) -> None:
    await connection.execute(
        """insert into known_place (store_id, place, account) values ($1, $2, $3)
           on conflict (store_id, place) do update
             set seen_at = now(), account = excluded.account""",
        attempt.store_id,
        attempt.place,
        attempt.account,
    )


async def forget_digests(
    connection: asyncpg.Connection, store_id: UUID, email: str
) -> dict[str, int]:
    """Attempts at an account that had the address, and where it was signed in to; rows by table."""
    digests = account_digests(email)
    counts = {}
    await connection.execute(
        """delete from sign_in_attempt where store_id = $1 and subject in (
             select place from known_place where store_id = $1 and account = any($2::bytea[]))""",
        store_id,
        digests,
    )
    for table, column in _BY_DIGEST.items():
        done = await connection.execute(
            f"delete from {table} where store_id = $1 and {column} = any($2::bytea[])",
            store_id,
            digests,
        )
        counts[table] = int(done.split()[1])
    return counts
