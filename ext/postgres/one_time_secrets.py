"""Secrets that are good for one use: kept as digests, with what they stand for."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from core.accounts.account import Account
from core.mail.wording import Kind
from ext.postgres.pool import connection_of, read, transaction_of

SECRET_BYTES = 32
LONGEST_SECRET = 200


class Secret(Struct, frozen=True):
    """What a secret stood for."""

    reader_id: UUID | None
    content: Any


def digest(secret: str) -> bytes:
    """SHA-256 will do: secrets are 256 random bits, there is nothing to guess."""
    return hashlib.sha256(secret[:LONGEST_SECRET].encode("utf-8", "surrogatepass")).digest()


class SecretRepository:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def new(
        self,
        store_id: UUID,
        purpose: str,
        lifetime: timedelta,
        *,
        reader_id: UUID | None = None,
        content: Any = None,
        secret: str = "",
    ) -> str:
        """A new secret, or the given one, which must be as hard to guess."""
        made = secret or secrets.token_urlsafe(SECRET_BYTES)
        async with connection_of(self._pool) as connection:
            await _add(connection, made, (store_id, reader_id, purpose, lifetime, content))
        return made

    async def new_link(
        self,
        account: Account,
        kind: Kind,
        lifetime: timedelta,
        interval: timedelta,
        *,
        content: Mapping[str, str] | None,
    ) -> str | None:
        """As `core.mail.delivery.Links`."""
        made = secrets.token_urlsafe(SECRET_BYTES)
        async with transaction_of(self._pool) as connection:
            # Two letters of a kind are not written at once: see waiting_letter_once.
            recent = await connection.fetchval(
                """select exists (select 1 from one_time_secret
                     where store_id = $1 and reader_id = $2 and purpose = $3
                       and created_at > now() - $4::interval
                       and content is not distinct from $5::jsonb)""",
                account.store_id,
                account.id,
                kind,
                interval,
                _json(content),
            )
            if recent:
                return None
            await _add(connection, made, (account.store_id, account.id, kind, lifetime, content))
        return made

    async def look(self, store_id: UUID, purpose: str, secret: str) -> Secret | None:
        """What a secret stands for, which goes on being good."""

        async def work(connection: asyncpg.Connection) -> Secret | None:
            row = await connection.fetchrow(
                """select reader_id, content from one_time_secret
                   where digest = $1 and store_id = $2 and purpose = $3 and expires_at > now()""",
                digest(secret),
                store_id,
                purpose,
            )
            return _secret(row)

        return await read(self._pool, work)

    async def take(self, store_id: UUID, purpose: str, secret: str) -> Secret | None:
        """Use a secret up; None for one that is unknown, used or too old. Of two, one gets it."""
        async with connection_of(self._pool) as connection:
            return await taken(connection, store_id, purpose, secret)


async def taken(
    connection: asyncpg.Connection, store_id: UUID, purpose: str, secret: str
) -> Secret | None:
    """As `SecretRepository.take`, in the transaction of what it allows."""
    row = await connection.fetchrow(
        """delete from one_time_secret
           where digest = $1 and store_id = $2 and purpose = $3 and expires_at > now()
           returning reader_id, content""",
        digest(secret),
        store_id,
        purpose,
    )
    return _secret(row)


async def forget_secrets(connection: asyncpg.Connection, store_id: UUID, reader_id: UUID) -> None:
    """Links and half-done sign-ins of a reader are no longer good."""
    await connection.execute(
        "delete from one_time_secret where store_id = $1 and reader_id = $2", store_id, reader_id
    )


async def _add(
    connection: asyncpg.Connection,
    secret: str,
    row: tuple[UUID, UUID | None, str, timedelta, Any],
) -> None:
    """row: store, reader, purpose, lifetime, content."""
    *known, lifetime, content = row
    await connection.execute(
        """insert into one_time_secret
             (digest, store_id, reader_id, purpose, expires_at, content)
           values ($1, $2, $3, $4, now() + $5::interval, $6::jsonb)""",
        digest(secret),
        *known,
        lifetime,
        _json(content),
    )


def _json(content: Any) -> str | None:
    return None if content is None else msgspec.json.encode(content).decode()


def _secret(row: asyncpg.Record | None) -> Secret | None:
    if row is None:
        return None
    content = row["content"]
    return Secret(row["reader_id"], None if content is None else msgspec.json.decode(content))
