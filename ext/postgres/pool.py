"""Connections to PostgreSQL: a pool that waits for none for ever, and single ones for long work."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import asyncpg

from ext.postgres.faults import LOST, DatabaseUnavailable, connecting, translated

T = TypeVar("T")

ACQUIRE_SECONDS = 5.0
APPLICATION = {"application_name": "bookwheel"}


async def open_pool(
    url: str, *, size: int = 10, command_timeout_seconds: float = 30.0, pooled_by: str = ""
) -> asyncpg.Pool:
    """Open a pool that connects when first asked: it opens while the server is away, too.

    On its connections only SET LOCAL and transaction locks are allowed: sessions are not reset
    between users, which saves a round trip each time. pooled_by: "pgbouncer" where one in
    transaction mode stands between, which loses prepared statements.
    """
    with connecting():
        return await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            timeout=ACQUIRE_SECONDS,
            command_timeout=command_timeout_seconds,
            statement_cache_size=0 if pooled_by else 100,
            server_settings=APPLICATION,
            reset=_reset_if_dirty,
        )


async def _reset_if_dirty(connection: asyncpg.Connection) -> None:
    """A cancelled ROLLBACK leaves a transaction open; everything else leaves no trace."""
    if connection.is_in_transaction():
        await connection.reset()


@contextlib.asynccontextmanager
async def connection_of(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the pool, its errors in our words.

    Raises DatabaseUnavailable when the server is away or none is free within 5 seconds.
    """
    with connecting():
        connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
    try:
        with translated():
            yield connection
    except DatabaseUnavailable as away:
        if isinstance(away.__cause__, LOST):
            # asyncpg may take it for open yet, and would hand it out again, for ever; or it has
            # taken it back already, which is an InterfaceError.
            with contextlib.suppress(asyncpg.InterfaceError):
                connection.terminate()
        raise
    finally:
        with translated():
            await pool.release(connection)


@contextlib.asynccontextmanager
async def transaction_of(
    pool: asyncpg.Pool, isolation: str | None = None
) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the pool inside a transaction that commits at the end.

    isolation: None (read committed), "repeatable_read" or "serializable".
    """
    async with connection_of(pool) as connection, connection.transaction(isolation=isolation):
        yield connection


async def read(pool: asyncpg.Pool, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """Do work that only reads, again where the connection was lost under it.

    After a crash of the server every connection that lay idle fails at its first use, so each
    of them may fail once.
    """
    for _ in range(pool.get_idle_size() + 1):
        try:
            async with connection_of(pool) as connection:
                return await work(connection)
        except DatabaseUnavailable as away:
            if not isinstance(away.__cause__, LOST):
                raise
    async with connection_of(pool) as connection:
        return await work(connection)


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own, for migrations and bulk work; closed at the end."""
    with connecting():
        connection = await asyncpg.connect(
            url, timeout=ACQUIRE_SECONDS, server_settings=APPLICATION
        )
    try:
        with translated():
            yield connection
    finally:
        await connection.close()
