"""Authors, categories, publishers, series: listed, renamed, and followers told of their books."""

from collections.abc import Awaitable
from uuid import UUID

import asyncpg
from msgspec import Struct

from core.catalogue.acceptance import accepted_name
from core.catalogue.naming import (
    DuplicateName,
    NameChanged,
    NamedEntry,
    NameInUse,
    NameNotFound,
    NamePage,
)
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.audit import record
from ext.postgres.linked_names import NamedTable
from ext.postgres.outbox import announce
from ext.postgres.pool import read, transaction_of

# Which books bear the name `named.id`.
_BEARERS: dict[NamedTable, str] = {
    "author": "book_author join book on book.id = book_id where author_id = named.id",
    "category": "book_category join book on book.id = book_id where category_id = named.id",
    "publisher": "book where publisher_id = named.id",
    "series": "book where series_id = named.id",
}


class WrittenName(Struct, frozen=True):
    """token: for `Index-Version`."""

    entry: NamedEntry
    token: str


class NameRepository:
    """One of the four tables of names.

    Every write is one transaction: lock, check the version, row, event. A rename reaches the
    index through the feed, which expands it to the books it touches.
    """

    def __init__(self, pool: asyncpg.Pool, table: NamedTable) -> None:
        self._pool = pool
        self._table = table
        self._select = (
            f"select named.id, named.name, (select count(*) from {_BEARERS[table]}"
            f" and status <> 'hidden') as book_count, named.version,"
            f" named.created_at, named.updated_at from {table} as named"
        )

    async def page(self, store: Store, *, page: int = 1, size: int = 20) -> NamePage:
        """In order of name, page counted from 1."""

        async def work(connection: asyncpg.Connection) -> NamePage:
            count = await connection.fetchval(
                f"select count(*) from {self._table} where store_id = $1", store.id
            )
            rows = await connection.fetch(
                f"{self._select} where store_id = $1 order by name, id limit $2 offset $3",
                store.id,
                size,
                (page - 1) * size,
            )
            return NamePage(tuple(NamedEntry(**dict(row)) for row in rows), count)

        return await read(self._pool, work)

    async def get(self, store: Store, entry_id: UUID) -> NamedEntry:
        """Raises NameNotFound."""
        return await read(self._pool, lambda connection: self._entry(connection, store, entry_id))

    async def create(self, store: Store, name: str) -> WrittenName:
        """Raises Invalid, DuplicateName."""
        name, entry_id = accepted_name(name), new_id()
        async with transaction_of(self._pool) as connection:
            await self._unique(
                connection.execute(
                    f"insert into {self._table} (id, store_id, name) values ($1, $2, $3)",
                    entry_id,
                    store.id,
                    name,
                ),
                name,
            )
            told = await self._told(connection, store, entry_id)
            await record(connection, store.id, f"{self._table}.create", entry_id)
            return told

    async def rename(self, store: Store, entry_id: UUID, name: str, version: int) -> WrittenName:
        """Raises Invalid, NameNotFound, NameChanged for another version, DuplicateName."""
        name = accepted_name(name)
        async with transaction_of(self._pool) as connection:
            await self._lock(connection, store, entry_id, version)
            await self._unique(
                connection.execute(
                    f"update {self._table} set name = $2, version = version + 1,"
                    " updated_at = now() where id = $1",
                    entry_id,
                    name,
                ),
                name,
            )
            told = await self._told(connection, store, entry_id)
            action = f"{self._table}.rename"
            await record(connection, store.id, action, entry_id, version=version)
            return told

    async def delete(self, store: Store, entry_id: UUID, version: int) -> str:
        """The write's token.

        Raises NameNotFound, NameChanged, and NameInUse while a book has it.
        """
        async with transaction_of(self._pool) as connection:
            await self._lock(connection, store, entry_id, version)
            if await self._borne(connection, entry_id):
                raise NameInUse(
                    f"books still name this {self._table}", remedy="take it off them first"
                )
            await connection.execute(f"delete from {self._table} where id = $1", entry_id)
            token = await announce(connection, store.id, self._table, entry_id)
            action = f"{self._table}.delete"
            await record(connection, store.id, action, entry_id, version=version)
            return token

    async def _lock(
        self, connection: asyncpg.Connection, store: Store, entry_id: UUID, version: int
    ) -> None:
        current = await connection.fetchval(
            f"select version from {self._table} where store_id = $1 and id = $2 for update",
            store.id,
            entry_id,
        )
        if current is None:
            raise NameNotFound(f"no {self._table} has the id {entry_id}")
        if current != version:
            raise NameChanged(
                f"the {self._table} is at version {current}, not {version}",
                remedy="read it again and retry",
            )

    async def _borne(self, connection: asyncpg.Connection, entry_id: UUID) -> bool:
        return bool(
            await connection.fetchval(
                f"""select exists (select from {self._table} as named
                    where named.id = $1 and exists (select from {_BEARERS[self._table]}))""",
                entry_id,
            )
        )

    async def _unique(self, write: Awaitable[object], name: str) -> None:
        try:
            await write
        except asyncpg.UniqueViolationError:
            raise DuplicateName(
                f"the store has the {self._table} {name!r} already", remedy="choose another name"
            ) from None

    async def _told(
        self, connection: asyncpg.Connection, store: Store, entry_id: UUID
    ) -> WrittenName:
        token = await announce(connection, store.id, self._table, entry_id)
        return WrittenName(await self._entry(connection, store, entry_id), token)

    async def _entry(
        self, connection: asyncpg.Connection, store: Store, entry_id: UUID
    ) -> NamedEntry:
        row = await connection.fetchrow(
            f"{self._select} where store_id = $1 and named.id = $2", store.id, entry_id
        )
        if row is None:
            raise NameNotFound(f"no {self._table} has the id {entry_id}")
        return NamedEntry(**dict(row))
