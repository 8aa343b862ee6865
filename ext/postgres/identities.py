"""Who somebody is at other providers, and the account here that it signs in to."""

from uuid import UUID

import asyncpg

from core.accounts.account import LONGEST_NAME, fault_in_email
from core.accounts.federation import (
    AddressNotProved,
    AddressNotVouched,
    Identity,
    IdentityNotFound,
    LinkedIdentity,
)
from core.kernel.ids import new_id
from core.kernel.text import fault_in, one_line
from core.stores.store import Store
from ext.postgres.accounts import CREDENTIALS, Credentials, credentials_of
from ext.postgres.audit import record
from ext.postgres.letter_box import post
from ext.postgres.pool import connection_of, read, transaction_of
from ext.postgres.sessions import lock_reader
from ext.postgres.ways_in import keep_a_way_in

_KNOWN = f"""
select {CREDENTIALS} from external_identity i
join reader r on r.id = i.reader_id and r.store_id = i.store_id and r.email is not null
where i.store_id = $1 and i.issuer = $2 and i.subject = $3
"""


class IdentityRepository:
    """As `core.accounts.federation.Identities`; raises DatabaseUnavailable."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def known(self, store: Store, identity: Identity) -> Credentials | None:
        async def work(connection: asyncpg.Connection) -> Credentials | None:
            return await _known(connection, store.id, identity)

        return await read(self._pool, work)

    async def linked(self, store: Store, identity: Identity) -> Credentials:
        if fault_in_email(identity.email):
            raise AddressNotVouched
        try:
            async with transaction_of(self._pool) as connection:
                await _link(connection, store.id, identity)
        except asyncpg.UniqueViolationError:
            pass  # somebody was quicker: with the identity, or by signing up
        async with connection_of(self._pool) as connection:
            known = await _known(connection, store.id, identity)
        if known is None:
            raise AddressNotProved
        return known

    async def of(self, store_id: UUID, reader_id: UUID) -> list[LinkedIdentity]:
        async def work(connection: asyncpg.Connection) -> list[LinkedIdentity]:
            rows = await connection.fetch(
                """select id, issuer, created_at as linked_at from external_identity
                   where store_id = $1 and reader_id = $2 order by created_at desc, id""",
                store_id,
                reader_id,
            )
            return [LinkedIdentity(**dict(row)) for row in rows]

        return await read(self._pool, work)

    async def unlink(self, store_id: UUID, reader_id: UUID, identity_id: UUID) -> None:
        async with transaction_of(self._pool) as connection:
            await lock_reader(connection, store_id, reader_id)
            gone = await connection.fetchrow(
                """delete from external_identity i using reader r
                   where i.store_id = $1 and i.reader_id = $2 and i.id = $3 and r.id = i.reader_id
                   returning i.issuer, r.email""",
                store_id,
                reader_id,
                identity_id,
            )
            if gone is None:
                raise IdentityNotFound(f"you have no identity {identity_id}")
            await keep_a_way_in(connection, store_id, reader_id)
            await post(connection, store_id, "sign-in-unlinked", gone["email"])
            await record(connection, store_id, "identity.unlink", reader_id, issuer=gone["issuer"])


async def _known(
    connection: asyncpg.Connection, store_id: UUID, identity: Identity
) -> Credentials | None:
    row = await connection.fetchrow(_KNOWN, store_id, identity.issuer, identity.subject)
    return row and credentials_of(row)


async def _link(connection: asyncpg.Connection, store_id: UUID, identity: Identity) -> None:
    row = await connection.fetchrow(
        """select id, email, email_verified_at is not null as proved from reader
           where store_id = $1 and lower(email) = lower($2) for update""",
        store_id,
        identity.email,
    )
    if row is None:
        reader_id = await _opened(connection, store_id, identity)
    elif not row["proved"]:
        # Whoever opened the account may be somebody else, and knows its password.
        raise AddressNotProved
    else:
        reader_id = row["id"]
        await post(connection, store_id, "sign-in-linked", row["email"])
    await connection.execute(
        """insert into external_identity (store_id, issuer, subject, reader_id, id)
           values ($1, $2, $3, $4, $5)""",
        store_id,
        identity.issuer,
        identity.subject,
        reader_id,
        new_id(),
    )
    if row is None:
        await record(connection, store_id, "account.create", reader_id, role="reader")
    await record(connection, store_id, "identity.link", reader_id, issuer=identity.issuer)


async def _opened(connection: asyncpg.Connection, store_id: UUID, identity: Identity) -> UUID:
    name = one_line(identity.display_name)[:LONGEST_NAME]
    if not name or fault_in(name, longest=LONGEST_NAME):
        name = identity.email.partition("@")[0][:LONGEST_NAME]
    reader_id = new_id()
    await connection.execute(
        """insert into reader (id, store_id, email, display_name, email_verified_at)
           values ($1, $2, $3, $4, now())""",
        reader_id,
        store_id,
        identity.email,
        name,
    )
    return reader_id
