"""What a link in a letter allows: a new password, a proved address."""

from uuid import UUID

import asyncpg

from core.accounts.account import Account
from ext.postgres.account_rows import COLUMNS, account_of
from ext.postgres.audit import record
from ext.postgres.letter_box import post
from ext.postgres.one_time_secrets import SecretRepository, forget_secrets, taken
from ext.postgres.passkeys import forget_passkeys
from ext.postgres.pool import transaction_of
from ext.postgres.second_factors import forget_factor
from ext.postgres.sessions import end_every_session, lock_reader
from ext.postgres.sign_in_attempts import forget_digests


class RecoveryRepository:
    """As `core.accounts.recovery.Resets`; raises DatabaseUnavailable."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._secrets = SecretRepository(pool)

    async def reader_of(self, store_id: UUID, token: str) -> UUID | None:
        found = await self._secrets.look(store_id, "reset-password", token)
        return None if found is None else found.reader_id

    async def reset(self, store_id: UUID, token: str, password_hash: str) -> Account | None:
        async with transaction_of(self._pool) as connection:
            found = await taken(connection, store_id, "reset-password", token)
            if found is None or found.reader_id is None:
                return None
            reader_id = found.reader_id
            await lock_reader(connection, store_id, reader_id)
            proved = await connection.fetchval(
                """select email_verified_at is not null from reader
                   where store_id = $1 and id = $2""",
                store_id,
                reader_id,
            )
            if not proved:
                await _forget_other_ways_in(connection, store_id, reader_id)
            row = await connection.fetchrow(
                f"""update reader r set password_hash = $3, updated_at = now(),
                      email_verified_at = coalesce(email_verified_at, now())
                    where store_id = $1 and id = $2 returning {COLUMNS}""",
                store_id,
                reader_id,
                password_hash,
            )
            await forget_secrets(connection, store_id, reader_id)
            await end_every_session(connection, store_id, reader_id)
            account = account_of(row)
            await post(connection, store_id, "password-changed", account.email)
            await record(connection, store_id, "account.reset", reader_id)
            return account

    async def verify(self, store_id: UUID, token: str) -> Account | None:
        async with transaction_of(self._pool) as connection:
            found = await taken(connection, store_id, "verify-email", token)
            if found is None:
                return None
            row = await connection.fetchrow(
                f"""update reader r set updated_at = now(),
                      email_verified_at = coalesce(email_verified_at, now())
                    where store_id = $1 and id = $2 returning {COLUMNS}""",
                store_id,
                found.reader_id,
            )
            await record(connection, store_id, "account.verify", found.reader_id)
            return account_of(row)

    async def ask_for_email(self, store_id: UUID, reader_id: UUID, email: str) -> None:
        async with transaction_of(self._pool) as connection:
            await post(connection, store_id, "change-email", email, reader_id=reader_id)
            await record(connection, store_id, "account.email_ask", reader_id)

    async def change_email(self, store_id: UUID, token: str) -> Account | None:
        try:
            async with transaction_of(self._pool) as connection:
                return await _change_email(connection, store_id, token)
        except asyncpg.UniqueViolationError:
            return None  # somebody else has taken the address meanwhile


async def _change_email(
    connection: asyncpg.Connection, store_id: UUID, token: str
) -> Account | None:
    found = await taken(connection, store_id, "change-email", token)
    if found is None or found.reader_id is None:
        return None
    await lock_reader(connection, store_id, found.reader_id)
    old = await connection.fetchval(
        "select email from reader where store_id = $1 and id = $2", store_id, found.reader_id
    )
    row = await connection.fetchrow(
        f"""update reader r set email = $3, email_verified_at = now(), updated_at = now()
            where store_id = $1 and id = $2 returning {COLUMNS}""",
        store_id,
        found.reader_id,
        found.content["email"],
    )
    await forget_secrets(connection, store_id, found.reader_id)
    await forget_digests(connection, store_id, old)
    await post(connection, store_id, "email-changed", old, reader_id=found.reader_id)
    await record(connection, store_id, "account.email", found.reader_id)
    return account_of(row)


async def _forget_other_ways_in(
    connection: asyncpg.Connection, store_id: UUID, reader_id: UUID
) -> None:
    """Whoever opened the account with an address that is not theirs keeps no way in."""
    await forget_factor(connection, store_id, reader_id)
    await forget_passkeys(connection, store_id, reader_id)
    await connection.execute(
        "delete from api_key where store_id = $1 and reader_id = $2", store_id, reader_id
    )
