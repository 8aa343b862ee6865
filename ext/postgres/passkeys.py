"""Passkeys of accounts."""

from uuid import UUID

import asyncpg

from core.accounts.passkeys import (
    MOST,
    Made,
    Passkey,
    PasskeyKnown,
    PasskeyNotFound,
    Stored,
)
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.account_rows import COLUMNS, account_of
from ext.postgres.audit import record
from ext.postgres.letter_box import post
from ext.postgres.pool import connection_of, read, transaction_of
from ext.postgres.sessions import lock_reader
from ext.postgres.ways_in import keep_a_way_in

_SHOWN = "id, name, backed_up, created_at, used_at"


class PasskeyRepository:
    """As `core.accounts.passkeys.Passkeys`; raises DatabaseUnavailable."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def of(self, store_id: UUID, reader_id: UUID) -> list[Passkey]:
        async def work(connection: asyncpg.Connection) -> list[Passkey]:
            rows = await connection.fetch(
                f"""select {_SHOWN} from passkey where store_id = $1 and reader_id = $2
                    order by created_at desc, id desc""",
                store_id,
                reader_id,
            )
            return [Passkey(**dict(row)) for row in rows]

        return await read(self._pool, work)

    async def credential_ids(self, store_id: UUID, reader_id: UUID) -> list[bytes]:
        async def work(connection: asyncpg.Connection) -> list[bytes]:
            rows = await connection.fetch(
                "select credential_id from passkey where store_id = $1 and reader_id = $2",
                store_id,
                reader_id,
            )
            return [row["credential_id"] for row in rows]

        return await read(self._pool, work)

    async def add(self, store_id: UUID, reader_id: UUID, name: str, made: Made) -> Passkey:
        async with transaction_of(self._pool) as connection:
            await lock_reader(connection, store_id, reader_id)
            held = await connection.fetchval(
                "select count(*) from passkey where store_id = $1 and reader_id = $2",
                store_id,
                reader_id,
            )
            if held >= MOST:
                raise PasskeyKnown(f"an account has {MOST} passkeys at most", remedy="remove one")
            row = await connection.fetchrow(
                f"""insert into passkey (id, store_id, reader_id, credential_id, public_key,
                      sign_count, name, backed_up)
                    values ($1, $2, $3, $4, $5, $6, $7, $8)
                    on conflict (store_id, credential_id) do nothing returning {_SHOWN}""",
                new_id(),
                store_id,
                reader_id,
                made.credential_id,
                made.public_key,
                made.sign_count,
                name,
                made.backed_up,
            )
            if row is None:
                raise PasskeyKnown("this passkey is registered already")
            await _tell(connection, store_id, reader_id)
            await record(connection, store_id, "passkey.add", reader_id, passkey=str(row["id"]))
        return Passkey(**dict(row))

    async def remove(self, store_id: UUID, reader_id: UUID, passkey_id: UUID) -> None:
        async with transaction_of(self._pool) as connection:
            await lock_reader(connection, store_id, reader_id)
            gone = await connection.fetchval(
                """delete from passkey where store_id = $1 and reader_id = $2 and id = $3
                   returning true""",
                store_id,
                reader_id,
                passkey_id,
            )
            if not gone:
                raise PasskeyNotFound(f"you have no passkey {passkey_id}")
            await keep_a_way_in(connection, store_id, reader_id)
            await _tell(connection, store_id, reader_id)
            await record(connection, store_id, "passkey.remove", reader_id, passkey=str(passkey_id))

    async def find(self, store: Store, credential_id: bytes) -> Stored | None:
        async def work(connection: asyncpg.Connection) -> Stored | None:
            row = await connection.fetchrow(
                f"""select p.id as passkey_id, p.public_key, p.sign_count, {COLUMNS}
                    from passkey p join reader r on r.id = p.reader_id and r.store_id = p.store_id
                    where p.store_id = $1 and p.credential_id = $2 and r.email is not null""",
                store.id,
                credential_id,
            )
            return row and Stored(
                id=row["passkey_id"],
                account=account_of(row),
                public_key=row["public_key"],
                sign_count=row["sign_count"],
            )

        return await read(self._pool, work)

    async def used(self, store_id: UUID, stored: Stored, sign_count: int) -> bool:
        async with connection_of(self._pool) as connection:
            return bool(
                await connection.fetchval(
                    """update passkey set sign_count = $4, used_at = now()
                       where store_id = $1 and id = $2 and sign_count = $3 returning true""",
                    store_id,
                    stored.id,
                    stored.sign_count,
                    sign_count,
                )
            )


async def forget_passkeys(connection: asyncpg.Connection, store_id: UUID, reader_id: UUID) -> None:
    await connection.execute(
        "delete from passkey where store_id = $1 and reader_id = $2", store_id, reader_id
    )


async def _tell(connection: asyncpg.Connection, store_id: UUID, reader_id: UUID) -> None:
    email = await connection.fetchval(
        "select email from reader where store_id = $1 and id = $2", store_id, reader_id
    )
    if email is not None:
        await post(connection, store_id, "passkey-changed", email)
