"""Sessions: refresh tokens, kept as hashes and rotated in families."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from core.accounts.account import AccountNotFound, SessionEnded
from core.accounts.lockout import FORGOTTEN_SECONDS
from core.accounts.session import Renewed, Session, SessionNotFound
from core.kernel.ids import new_id
from ext.postgres.account_rows import COLUMNS, account_of
from ext.postgres.audit import record
from ext.postgres.pool import connection_of, read, transaction_of

TOKEN_BYTES = 32
LONGEST_TOKEN = 200
LONGEST_SESSION = timedelta(days=30)
_FORGET = (
    f"delete from sign_in_attempt where failed_at < now() - interval '{FORGOTTEN_SECONDS} s'",
    # The longest an access token may be good for is a day.
    "delete from ended_session where ended_at < now() - interval '2 days'",
    "delete from one_time_secret where expires_at < now()",
)


class SessionRepository:
    """lifetime: how long a session may rest between two renewals; longest: from its beginning."""

    def __init__(
        self, pool: asyncpg.Pool, lifetime: timedelta, longest: timedelta = LONGEST_SESSION
    ) -> None:
        self._pool = pool
        self._lifetime = lifetime
        self._longest = longest

    async def open(self, store_id: UUID, reader_id: UUID, session: UUID | None = None) -> str:
        """Begin a session, of that id or a new one; its first refresh token."""
        session = session or new_id()
        async with transaction_of(self._pool) as connection:
            token = await self._add(connection, store_id, reader_id, session)
            await record(connection, store_id, "session.begin", session, account=reader_id)
        return token

    async def renew(self, store_id: UUID, token: str) -> Renewed:
        """Take a refresh token and give the next one.

        Raises SessionEnded for one that is unknown or expired, and for one taken before: then
        somebody has copied it, and the whole session ends. So it does past its last day.
        """
        renewed = None
        async with transaction_of(self._pool) as connection:
            await _lock_reader_of(connection, store_id, token)
            row = await connection.fetchrow(
                f"""select s.id as session_id, s.family, s.rotated_at, s.began_at,
                      s.expires_at > now() as fresh,
                      s.began_at + $3::interval <= now() as too_old, {COLUMNS}
                    from session s join reader r on r.id = s.reader_id
                    where s.token_hash = $1 and s.store_id = $2 for update of s""",
                _hash(token),
                store_id,
                self._longest,
            )
            if row is not None and row["rotated_at"] is not None:
                await _end(connection, store_id, row["id"], "family = $3", row["family"])
                await record(
                    connection, store_id, "session.replayed", row["family"], account=row["id"]
                )
            elif row is not None and row["too_old"]:
                await _end(connection, store_id, row["id"], "family = $3", row["family"])
                await record(connection, store_id, "session.end", row["family"], account=row["id"])
            elif row is not None and row["fresh"]:
                await connection.execute(
                    "update session set rotated_at = now() where id = $1", row["session_id"]
                )
                account = account_of(row)
                token = await self._add(
                    connection, store_id, account.id, row["family"], row["began_at"]
                )
                renewed = Renewed(account, token, row["family"])
        if renewed is None:  # only here, where a family that ended has been committed
            raise SessionEnded("the session has ended", remedy="sign in again")
        return renewed

    async def close(self, store_id: UUID, token: str) -> None:
        """End the session that the token belongs to, if it belongs to one."""
        async with transaction_of(self._pool) as connection:
            await _lock_reader_of(connection, store_id, token)
            row = await connection.fetchrow(
                "select reader_id, family from session where token_hash = $1 and store_id = $2",
                _hash(token),
                store_id,
            )
            if row is not None:
                await _end(connection, store_id, row["reader_id"], "family = $3", row["family"])
                await record(
                    connection, store_id, "session.end", row["family"], account=row["reader_id"]
                )

    async def end(self, store_id: UUID, reader_id: UUID, session: UUID) -> None:
        """End one session of the reader. Raises SessionNotFound."""
        async with transaction_of(self._pool) as connection:
            await lock_reader(connection, store_id, reader_id)
            if not await _end(connection, store_id, reader_id, "family = $3", session):
                raise SessionNotFound(f"you have no session {session}")
            await record(connection, store_id, "session.end", session, account=reader_id)

    async def end_all(self, store_id: UUID, reader_id: UUID) -> int:
        """End every session of an account of the store; how many. Raises AccountNotFound."""
        async with transaction_of(self._pool) as connection:
            if not await lock_reader(connection, store_id, reader_id):
                raise AccountNotFound(f"no account has the id {reader_id}")
            ended = await end_every_session(connection, store_id, reader_id)
            await record(connection, store_id, "session.end_all", reader_id)
        return ended

    async def of_reader(self, store_id: UUID, reader_id: UUID) -> list[Session]:
        """The sessions that can still be renewed, newest first."""

        async def work(connection: asyncpg.Connection) -> list[Session]:
            rows = await connection.fetch(
                """select family, created_at as renewed_at, expires_at, began_at as started_at
                   from session
                   where store_id = $1 and reader_id = $2 and rotated_at is null
                     and expires_at > now()
                   order by created_at desc""",
                store_id,
                reader_id,
            )
            return [Session(**dict(row)) for row in rows]

        return await read(self._pool, work)

    async def forget_expired(self) -> int:
        """Delete what can neither be renewed nor be reused; how many rows."""
        async with connection_of(self._pool) as connection:
            done = await connection.execute("delete from session where expires_at < now()")
            for statement in _FORGET:
                await connection.execute(statement)
        return int(done.split()[1])

    async def _add(
        self,
        connection: asyncpg.Connection,
        store_id: UUID,
        reader_id: UUID,
        family: UUID,
        began_at: datetime | None = None,
    ) -> str:
        """began_at: when the family did; None: now."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await connection.execute(
            """insert into session
                 (id, store_id, reader_id, family, token_hash, began_at, expires_at)
               select $1, $2, $3, $4, $5, began_at,
                 least(now() + $6::interval, began_at + $8::interval)
               from (select coalesce($7::timestamptz, now()) as began_at) begun""",
            new_id(),
            store_id,
            reader_id,
            family,
            _hash(token),
            self._lifetime,
            began_at,
            self._longest,
        )
        return token


# Whoever renews or ends a session of a reader locks the reader first: otherwise a renewal under way
# would add a token that the end does not see, and the session would live on.
async def lock_reader(connection: asyncpg.Connection, store_id: UUID, reader_id: UUID) -> bool:
    """Whether the store has such an account."""
    found = await connection.fetchval(
        """select true from reader where store_id = $1 and id = $2 and email is not null
           for no key update""",
        store_id,
        reader_id,
    )
    return bool(found)


async def _lock_reader_of(connection: asyncpg.Connection, store_id: UUID, token: str) -> None:
    await connection.execute(
        """select 1 from reader where id = (
             select reader_id from session where token_hash = $1 and store_id = $2)
           for no key update""",
        _hash(token),
        store_id,
    )


async def end_every_session(
    connection: asyncpg.Connection, store_id: UUID, reader_id: UUID, *, but: UUID | None = None
) -> int:
    """End the sessions of a reader that is locked, except one; how many."""
    return await _end(connection, store_id, reader_id, "family is distinct from $3", but)


async def _end(
    connection: asyncpg.Connection,
    store_id: UUID,
    reader_id: UUID,
    which: str,
    value: UUID | None,
) -> int:
    """End sessions of a reader that is locked, and tell the workers; how many."""
    told = await connection.fetch(
        f"""with gone as (
              delete from session where store_id = $1 and reader_id = $2 and {which}
              returning family)
            insert into ended_session (family) select distinct family from gone
            on conflict (family) do update set ended_at = now() returning family""",
        store_id,
        reader_id,
        value,
    )
    return len(told)


def _hash(token: str) -> bytes:
    """SHA-256 will do: the token is 256 random bits, there is nothing to guess."""
    return hashlib.sha256(token[:LONGEST_TOKEN].encode("utf-8", "surrogatepass")).digest()
