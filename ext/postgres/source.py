"""The catalogue as the follower of an index reads it."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from uuid import UUID

import asyncpg

from core.catalogue.book import Book
from core.search.following import Everything
from core.stores.store import Store, StoreNotFound
from ext.postgres.books import books_by_id, every_book
from ext.postgres.faults import connecting, translated
from ext.postgres.feed import cursor_of
from ext.postgres.pool import ACQUIRE_SECONDS, read


class CatalogueSource:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @contextlib.asynccontextmanager
    async def everything(self, store_id: UUID) -> AsyncIterator[Everything]:
        """All books of a store and the feed's cursor, as one transaction sees them.

        Raises StoreNotFound, DatabaseUnavailable; what the caller raises passes unchanged.
        """
        with connecting():
            connection = await self._pool.acquire(timeout=ACQUIRE_SECONDS)
        try:
            transaction = connection.transaction(isolation="repeatable_read", readonly=True)
            with translated():
                await transaction.start()
                cursor, horizon = await cursor_of(connection)
                store = await _store(connection, store_id)
                count = await connection.fetchval(
                    "select count(*) from book where store_id = $1", store_id
                )
            async with contextlib.aclosing(_batches(connection, store)) as batches:
                yield Everything(cursor, horizon, count, batches)
        finally:
            # Nothing was written, and releasing rolls back what is open.
            await self._pool.release(connection)

    async def books(self, store_id: UUID, ids: list[UUID]) -> list[Book]:
        """Those of the ids that exist, in order of id. Raises as `everything`."""

        async def work(connection: asyncpg.Connection) -> list[Book]:
            return await books_by_id(connection, await _store(connection, store_id), ids)

        return await read(self._pool, work)


async def _batches(
    connection: asyncpg.Connection, store: Store
) -> AsyncGenerator[list[Book], None]:
    with translated():
        async for books in every_book(connection, store):
            yield books


async def _store(connection: asyncpg.Connection, store_id: UUID) -> Store:
    row = await connection.fetchrow(
        "select id, slug, name, currency, host from store where id = $1", store_id
    )
    if row is None:
        raise StoreNotFound(f"no store has the id {store_id}")
    return Store(*row)
