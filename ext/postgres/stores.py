"""Stores: the tenants, few, and read all at once."""

import asyncpg

from core.kernel.ids import new_id
from core.stores.opening import DuplicateStore, check_store
from core.stores.store import Store, Stores
from ext.postgres.pool import connection_of, read


async def load_stores(pool: asyncpg.Pool) -> Stores:
    """Every store. Raises DatabaseUnavailable."""
    return Stores(await read(pool, _every_store))


async def create_store(
    pool: asyncpg.Pool, *, slug: str, name: str, currency: str, host: str | None = None
) -> Store:
    """Raises DuplicateStore for a slug or host in use, Invalid for one of the wrong form."""
    check_store(slug=slug, name=name, currency=currency, host=host)
    async with connection_of(pool) as connection:
        try:
            return await _insert(connection, Store(new_id(), slug, name, currency, host))
        except asyncpg.UniqueViolationError:
            raise DuplicateStore(
                f"a store has the slug {slug!r} or the host {host!r} already",
                remedy="choose another",
            ) from None


async def ensure_store(
    connection: asyncpg.Connection, *, slug: str, name: str, currency: str
) -> Store:
    """The store of that slug, made if there is none; an old one keeps its name and currency.

    Call it under a lock, as `migrate` does: two at once may both find none.
    """
    check_store(slug=slug, name=name, currency=currency)
    for store in await _every_store(connection):
        if store.slug == slug:
            return store
    return await _insert(connection, Store(new_id(), slug, name, currency))


# Not through Piccolo, which would be loaded into every worker for these two statements.
async def _every_store(connection: asyncpg.Connection) -> list[Store]:
    rows = await connection.fetch("select id, slug, name, currency, host from store order by slug")
    return [Store(*row) for row in rows]


async def _insert(connection: asyncpg.Connection, store: Store) -> Store:
    await connection.execute(
        "insert into store (id, slug, name, currency, host) values ($1, $2, $3, $4, $5)",
        store.id,
        store.slug,
        store.name,
        store.currency,
        store.host,
    )
    return store
