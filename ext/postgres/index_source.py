"""Books as the index is built from them: `core.search.indexing.Source` over a pool."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

import asyncpg

from core.catalogue.book import Book
from core.stores.store import Store
from ext.postgres.books import books_by_id, every_book
from ext.postgres.faults import DatabaseUnavailable
from ext.postgres.migrating import schema_ready
from ext.postgres.pool import connection_of, read
from ext.postgres.stores import load_stores


class IndexSource:
    """Every method raises DatabaseUnavailable while the server is away."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def stores(self) -> Sequence[Store]:
        if not await schema_ready(self._pool):
            raise DatabaseUnavailable(
                "the schema is not up to date", remedy="run `bookwheel migrate`"
            )
        return (await load_stores(self._pool)).all

    async def everything(self, store: Store) -> AsyncGenerator[list[Book], None]:
        async with connection_of(self._pool) as connection:
            async for books in every_book(connection, store):
                yield books

    async def books(self, store: Store, ids: Sequence[UUID]) -> list[Book]:
        return await read(self._pool, lambda connection: books_by_id(connection, store, ids))
