"""Second factors in the database: a sealed secret, the last step used, recovery codes."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg

from core.accounts.second_factor import Factor, plain_code
from core.accounts.totp import step_of
from core.privacy.sealing import FieldCipher, Place
from ext.postgres.audit import record
from ext.postgres.letter_box import post
from ext.postgres.one_time_secrets import digest
from ext.postgres.pool import connection_of, read, transaction_of
from ext.postgres.sessions import lock_reader

_OF = """
select exists (select 1 from second_factor
    where store_id = $1 and reader_id = $2 and confirmed_at is not null) as enabled,
  (select count(*) from recovery_code where store_id = $1 and reader_id = $2) as codes
"""
# A secret that was begun and not confirmed is replaced.
_BEGIN = """
insert into second_factor (store_id, reader_id, secret_sealed) values ($1, $2, $3)
on conflict (reader_id) do update set secret_sealed = excluded.secret_sealed, last_step = 0,
  created_at = now()
where second_factor.confirmed_at is null returning true
"""
_USE_STEP = """
update second_factor set last_step = $3
where store_id = $1 and reader_id = $2 and last_step < $3 and secret_sealed = $4
returning true
"""


def place_of(reader_id: UUID) -> Place:
    return Place("second_factor", "secret_sealed", reader_id)


class SecondFactorRepository:
    """As `core.accounts.second_factor.Factors`; raises DatabaseUnavailable, FieldUnreadable."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        cipher: Callable[[], FieldCipher],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._pool = pool
        self._cipher = cipher
        self._now = now

    async def of(self, store_id: UUID, reader_id: UUID) -> Factor:
        async def work(connection: asyncpg.Connection) -> Factor:
            row = await connection.fetchrow(_OF, store_id, reader_id)
            return Factor(enabled=row["enabled"], recovery_codes_left=row["codes"])

        return await read(self._pool, work)

    async def begin(self, store_id: UUID, reader_id: UUID, secret: bytes) -> bool:
        sealed = self._cipher().seal(secret, place_of(reader_id))
        async with connection_of(self._pool) as connection:
            return bool(await connection.fetchval(_BEGIN, store_id, reader_id, sealed))

    async def confirm(
        self, store_id: UUID, reader_id: UUID, code: str, recovery: Sequence[str]
    ) -> bool:
        async with transaction_of(self._pool) as connection:
            if not await self._use_step(connection, store_id, reader_id, code, confirmed=False):
                return False
            await connection.execute(
                """update second_factor set confirmed_at = now()
                   where store_id = $1 and reader_id = $2""",
                store_id,
                reader_id,
            )
            await _keep_recovery(connection, store_id, reader_id, recovery)
            await _tell(connection, store_id, reader_id)
            await record(connection, store_id, "second_factor.set", reader_id)
        return True

    async def use(self, store_id: UUID, reader_id: UUID, code: str) -> bool:
        async with transaction_of(self._pool) as connection:
            if await self._use_step(connection, store_id, reader_id, code, confirmed=True):
                return True
            used = await connection.fetchval(
                """delete from recovery_code
                   where store_id = $1 and reader_id = $2 and digest = $3 returning true""",
                store_id,
                reader_id,
                digest(code),
            )
            if used:
                await record(connection, store_id, "second_factor.recovery_code", reader_id)
        return bool(used)

    async def replace_recovery(
        self, store_id: UUID, reader_id: UUID, recovery: Sequence[str]
    ) -> None:
        async with transaction_of(self._pool) as connection:
            await lock_reader(connection, store_id, reader_id)
            await connection.execute(
                "delete from recovery_code where store_id = $1 and reader_id = $2",
                store_id,
                reader_id,
            )
            await _keep_recovery(connection, store_id, reader_id, recovery)
            await _tell(connection, store_id, reader_id)
            await record(connection, store_id, "second_factor.new_recovery_codes", reader_id)

    async def remove(self, store_id: UUID, reader_id: UUID) -> None:
        async with transaction_of(self._pool) as connection:
            await forget_factor(connection, store_id, reader_id)
            await _tell(connection, store_id, reader_id)
            await record(connection, store_id, "second_factor.remove", reader_id)

    async def _use_step(
        self,
        connection: asyncpg.Connection,
        store_id: UUID,
        reader_id: UUID,
        code: str,
        *,
        confirmed: bool,
    ) -> bool:
        sealed = await connection.fetchval(
            """select secret_sealed from second_factor
               where store_id = $1 and reader_id = $2 and (confirmed_at is not null) = $3""",
            store_id,
            reader_id,
            confirmed,
        )
        if sealed is None:
            return False
        secret = self._cipher().open(sealed, place_of(reader_id))
        step = step_of(secret, code, self._now())
        if step is None:
            return False
        return bool(await connection.fetchval(_USE_STEP, store_id, reader_id, step, sealed))


async def _keep_recovery(
    connection: asyncpg.Connection, store_id: UUID, reader_id: UUID, recovery: Sequence[str]
) -> None:
    await connection.executemany(
        "insert into recovery_code (store_id, reader_id, digest) values ($1, $2, $3)",
        [(store_id, reader_id, digest(plain_code(each))) for each in recovery],
    )


async def forget_factor(connection: asyncpg.Connection, store_id: UUID, reader_id: UUID) -> None:
    for table in ("recovery_code", "second_factor"):
        await connection.execute(
            f"delete from {table} where store_id = $1 and reader_id = $2", store_id, reader_id
        )


async def _tell(connection: asyncpg.Connection, store_id: UUID, reader_id: UUID) -> None:
    email = await connection.fetchval(
        "select email from reader where store_id = $1 and id = $2", store_id, reader_id
    )
    if email is not None:
        await post(connection, store_id, "second-factor-changed", email)
