"""The catalogue as the follower of an index reads it."""

import contextlib
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

import asyncpg

from core.catalogue.book import Book
from core.stores.store import Store
from ext.postgres.books import books_by_id, every_book
from ext.postgres.faults import DatabaseUnavailable, connecting, translated
from ext.postgres.migrating import schema_ready
from ext.postgres.pool import ACQUIRE_SECONDS, read
from ext.postgres.stores import load_stores


class CatalogueSource:
    """Every method raises DatabaseUnavailable when the server is away."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def stores(self) -> Sequence[Store]:
        if not await schema_ready(self._pool):
            raise DatabaseUnavailable(
                "the schema is not up to date", remedy="run `bookwheel migrate`"
            )
        return (await load_stores(self._pool)).all

    async def everything(self, store: Store) -> AsyncGenerator[list[Book], None]:
        """All books of the store as one moment sees them, in batches, in order of id."""
        with connecting():
            connection = await self._pool.acquire(timeout=ACQUIRE_SECONDS)
        try:
            with translated():
                async with contextlib.aclosing(every_book(connection, store)) as batches:
                    async for books in batches:
                        yield books
        finally:
            await self._pool.release(connection)

    async def books(self, store: Store, ids: Sequence[UUID]) -> list[Book]:
        """Those of the ids that exist, hidden ones included, in order of id."""
        return await read(self._pool, lambda connection: books_by_id(connection, store, ids))
