"""Accounts: rows of `reader` that have an e-mail address."""

from uuid import UUID

import asyncpg
from msgspec import Struct

from core.accounts.account import Account, AccountNotFound, DuplicateAccount
from core.accounts.principal import Role
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.account_rows import COLUMNS, account_of
from ext.postgres.audit import record
from ext.postgres.letter_box import post
from ext.postgres.one_time_secrets import forget_secrets
from ext.postgres.pool import read, transaction_of
from ext.postgres.sessions import end_every_session, lock_reader

CREDENTIALS = f"""{COLUMNS}, r.password_hash,
  exists (select 1 from second_factor f
    where f.reader_id = r.id and f.confirmed_at is not null) as second_factor"""
"""Of `reader r`."""


class Credentials(Struct, frozen=True):
    """password_hash: a PHC string; None for who may not sign in with a password."""

    account: Account
    password_hash: str | None
    second_factor: bool = False


class AccountRepository:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def create(
        self,
        store: Store,
        *,
        email: str,
        display_name: str,
        password_hash: str | None,
        role: Role = "reader",
        verified: bool = False,
    ) -> Account:
        """email and display_name: accepted ones; an address not verified is sent a letter.

        Raises DuplicateAccount, whatever the case.
        """
        async with transaction_of(self._pool) as connection:
            try:
                row = await connection.fetchrow(
                    f"""insert into reader as r (id, store_id, email, display_name, password_hash,
                          role, email_verified_at)
                        values ($1, $2, $3, $4, $5, $6, case when $7 then now() end)
                        returning {COLUMNS}""",
                    new_id(),
                    store.id,
                    email,
                    display_name,
                    password_hash,
                    role,
                    verified,
                )
            except asyncpg.UniqueViolationError:
                raise DuplicateAccount(
                    f"there is an account with the address {email} already", remedy="sign in"
                ) from None
            if not verified:
                await post(connection, store.id, "verify-email", email)
            await record(connection, store.id, "account.create", row["id"], role=role)
        return account_of(row)

    async def by_email(self, store: Store, email: str) -> Credentials | None:
        """The account of that address in any case, None if there is none."""

        async def work(connection: asyncpg.Connection) -> Credentials | None:
            row = await connection.fetchrow(
                f"""select {CREDENTIALS} from reader r
                    where r.store_id = $1 and lower(r.email) = lower($2)""",
                store.id,
                email,
            )
            return row and credentials_of(row)

        return await read(self._pool, work)

    async def by_id(self, store: Store, account_id: UUID) -> Account:
        """Raises AccountNotFound."""
        return (await self.credentials(store, account_id)).account

    async def credentials(self, store: Store, account_id: UUID) -> Credentials:
        """Raises AccountNotFound."""

        async def work(connection: asyncpg.Connection) -> Credentials:
            row = await connection.fetchrow(
                f"""select {CREDENTIALS} from reader r
                    where r.store_id = $1 and r.id = $2 and r.email is not null""",
                store.id,
                account_id,
            )
            if row is None:
                raise AccountNotFound(f"no account has the id {account_id}")
            return credentials_of(row)

        return await read(self._pool, work)

    async def set_display_name(self, store_id: UUID, account_id: UUID, display_name: str) -> None:
        """Raises AccountNotFound."""
        await self._update(store_id, account_id, "display_name", display_name, "account.name")

    async def set_password(self, store_id: UUID, account_id: UUID, password_hash: str) -> None:
        """Raises AccountNotFound."""
        await self._update(store_id, account_id, "password_hash", password_hash, "account.rehash")

    async def change_password(
        self, store_id: UUID, account_id: UUID, password_hash: str, *, but: UUID | None
    ) -> None:
        """As `core.accounts.sign_in.Accounts`. Raises AccountNotFound."""
        async with transaction_of(self._pool) as connection:
            await lock_reader(connection, store_id, account_id)
            email = await connection.fetchval(
                """update reader set password_hash = $3, updated_at = now()
                   where store_id = $1 and id = $2 returning email""",
                store_id,
                account_id,
                password_hash,
            )
            if email is None:
                raise AccountNotFound(f"no account has the id {account_id}")
            await forget_secrets(connection, store_id, account_id)
            await end_every_session(connection, store_id, account_id, but=but)
            await post(connection, store_id, "password-changed", email)
            await record(connection, store_id, "account.password", account_id)

    async def set_role(self, store_id: UUID, account_id: UUID, role: Role) -> None:
        """Raises AccountNotFound."""
        await self._update(store_id, account_id, "role", role, "account.role")

    async def _update(
        self, store_id: UUID, account_id: UUID, column: str, value: str, action: str
    ) -> None:
        async with transaction_of(self._pool) as connection:
            done = await connection.execute(
                f"""update reader set {column} = $3, updated_at = now()
                    where store_id = $1 and id = $2""",
                store_id,
                account_id,
                value,
            )
            if done == "UPDATE 0":
                raise AccountNotFound(f"no account has the id {account_id}")
            told = {"role": value} if column == "role" else {}
            await record(connection, store_id, action, account_id, **told)


def credentials_of(row: asyncpg.Record) -> Credentials:
    """row: of CREDENTIALS."""
    return Credentials(account_of(row), row["password_hash"], row["second_factor"])
