"""API keys: rows of their owners, and the feed by which every worker knows them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from msgspec.structs import asdict

from core.accounts.account import AccountNotFound
from core.accounts.api_key import (
    MOST_KEYS,
    ApiKey,
    KeyDraft,
    KeyNotFound,
    NewKey,
    Rotation,
    Secret,
    TooManyKeys,
    accepted_grace,
    accepted_key,
    new_secret,
)
from core.accounts.known_keys import KeyNews, KeysTold, Lock
from core.accounts.principal import Principal, Tier
from core.kernel.ids import new_id
from ext.postgres.audit import record
from ext.postgres.pool import connection_of, read, transaction_of

OVERLAP = timedelta(minutes=1)
"""A transaction may commit so long after it began, which is the time its rows carry."""

_COLUMNS = "id, name, prefix, scopes, tier, created_at, expires_at, last_used_at"


class ApiKeyRepository:
    """Whoever owns a key is part of every query: another's is not found."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def of_reader(self, store_id: UUID, reader_id: UUID) -> list[ApiKey]:
        """Newest first."""

        async def work(connection: asyncpg.Connection) -> list[ApiKey]:
            rows = await connection.fetch(
                f"""select {_COLUMNS} from api_key where store_id = $1 and reader_id = $2
                    order by id desc""",
                store_id,
                reader_id,
            )
            return [_key_of(row) for row in rows]

        return await read(self._pool, work)

    async def get(self, store_id: UUID, reader_id: UUID, key_id: UUID) -> ApiKey:
        """Raises KeyNotFound."""
        for key in await self.of_reader(store_id, reader_id):
            if key.id == key_id:
                return key
        raise _missing(key_id)

    async def create(self, store_id: UUID, reader_id: UUID, draft: KeyDraft) -> NewKey:
        """Raises Invalid with faults, AccountNotFound, TooManyKeys."""
        secret = new_secret()
        async with transaction_of(self._pool) as connection:
            # Locked: two at once may not both find room, and the role stays what it is.
            role = await connection.fetchval(
                "select role from reader where store_id = $1 and id = $2 for no key update",
                store_id,
                reader_id,
            )
            if role is None:
                raise AccountNotFound(f"no account has the id {reader_id}")
            draft = accepted_key(draft, role, datetime.now(UTC))
            kept = await connection.fetchval(
                "select count(*) from api_key where reader_id = $1", reader_id
            )
            if kept >= MOST_KEYS:
                raise TooManyKeys(f"you have {kept} API keys already", remedy="revoke one first")
            row = await connection.fetchrow(
                f"""insert into api_key
                      (id, store_id, reader_id, name, prefix, secret_hash, scopes, expires_at)
                    values ($1, $2, $3, $4, $5, $6, $7, $8) returning {_COLUMNS}""",
                new_id(),
                store_id,
                reader_id,
                draft.name,
                secret.prefix,
                secret.digest,
                list(draft.scopes),
                draft.expires_at,
            )
            scopes = sorted(draft.scopes)
            await record(connection, store_id, "key.create", row["id"], scopes=scopes)
        return _new_key(row, secret)

    async def rotate(
        self, store_id: UUID, reader_id: UUID, key_id: UUID, rotation: Rotation
    ) -> NewKey:
        """Give the key another secret; the old one is good for the grace that was asked for.

        Raises Invalid, KeyNotFound.
        """
        grace, secret = accepted_grace(rotation), new_secret()
        async with transaction_of(self._pool) as connection:
            row = await connection.fetchrow(
                f"""update api_key set old_prefix = prefix, old_hash = secret_hash,
                      old_until = now() + $4::interval, prefix = $5, secret_hash = $6,
                      changed_at = now()
                    where store_id = $1 and reader_id = $2 and id = $3 returning {_COLUMNS}""",
                store_id,
                reader_id,
                key_id,
                grace,
                secret.prefix,
                secret.digest,
            )
            if row is None:
                raise _missing(key_id)
            await record(connection, store_id, "key.rotate", key_id, grace=grace.total_seconds())
        return _new_key(row, secret)

    async def revoke(self, store_id: UUID, reader_id: UUID, key_id: UUID) -> None:
        """Raises KeyNotFound."""
        async with transaction_of(self._pool) as connection:
            gone = await connection.execute(
                "delete from api_key where store_id = $1 and reader_id = $2 and id = $3",
                store_id,
                reader_id,
                key_id,
            )
            if gone == "DELETE 0":
                raise _missing(key_id)
            await record(connection, store_id, "key.revoke", key_id)

    async def set_tier(self, store_id: UUID, key_id: UUID, tier: Tier) -> ApiKey:
        """Of any key of the store. Raises KeyNotFound."""
        async with transaction_of(self._pool) as connection:
            row = await connection.fetchrow(
                f"""update api_key set tier = $3, changed_at = now()
                    where store_id = $1 and id = $2 returning {_COLUMNS}""",
                store_id,
                key_id,
                tier,
            )
            if row is None:
                raise _missing(key_id)
            await record(connection, store_id, "key.tier", key_id, tier=tier)
        return _key_of(row)


class ApiKeyFeed:
    """As `core.accounts.known_keys.KeyFeed`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def since(self, until: str | None) -> KeysTold:
        async def work(connection: asyncpg.Connection) -> KeysTold:
            rows = await connection.fetch(_NEWS, until, OVERLAP)
            news = tuple(_news(row) for row in rows if row["id"] is not None)
            return KeysTold(rows[0]["until"], news)

        return await read(self._pool, work)

    async def used(self, at: dict[UUID, float]) -> None:
        if not at:
            return
        async with connection_of(self._pool) as connection:
            await connection.execute(
                """update api_key set last_used_at = greatest(last_used_at, to_timestamp(used.at))
                   from unnest($1::uuid[], $2::float8[]) as used(id, at)
                   where api_key.id = used.id""",
                list(at),
                list(at.values()),
            )


async def forget_gone_keys(connection: asyncpg.Connection) -> None:
    await connection.execute("delete from gone_api_key where gone_at < now() - interval '1 day'")


# Gone ones come last, so that they win over what an older snapshot of the row said.
_NEWS = """
select (now() - $2::interval)::text as until, news.* from (values (1)) one left join (
  select key.id, key.store_id, key.reader_id, r.role, key.scopes, key.tier,
    key.prefix, key.secret_hash, extract(epoch from key.expires_at)::float8 as expires_at,
    key.old_prefix, key.old_hash, extract(epoch from key.old_until)::float8 as old_until, 0 as place
  from api_key key join reader r on r.id = key.reader_id
  where key.changed_at >= coalesce($1::text::timestamptz, '-infinity')
  union all
  select id, null, null, null, null, null, null, null, null, null, null, null, 1
  from gone_api_key where gone_at >= coalesce($1::text::timestamptz, '-infinity')
) news on true order by news.place
"""


def _news(row: asyncpg.Record) -> KeyNews:
    if row["reader_id"] is None:
        return KeyNews(row["id"])
    principal = Principal(
        row["reader_id"],
        row["store_id"],
        row["role"],
        scopes=frozenset(row["scopes"]),
        key=row["id"],
        tier=row["tier"],
    )
    locks = [Lock(row["prefix"].encode(), row["secret_hash"], row["expires_at"])]
    if row["old_prefix"] is not None:
        ends = [each for each in (row["old_until"], row["expires_at"]) if each is not None]
        locks.append(Lock(row["old_prefix"].encode(), row["old_hash"], min(ends)))
    return KeyNews(row["id"], principal, tuple(locks))


def _key_of(row: asyncpg.Record) -> ApiKey:
    fields: dict[str, Any] = dict(row)
    return ApiKey(**fields | {"scopes": tuple(row["scopes"])})


def _new_key(row: asyncpg.Record, secret: Secret) -> NewKey:
    return NewKey(**asdict(_key_of(row)), key=secret.key)


def _missing(key_id: UUID) -> KeyNotFound:
    return KeyNotFound(f"there is no API key {key_id}")
