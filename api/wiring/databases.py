"""The database of a process: given, or embedded and kept for as long as it is needed."""

import contextlib
from collections.abc import AsyncIterator, Iterator

import asyncpg

from api.settings import Settings
from core.kernel.errors import Unavailable
from core.stores.store import Store, Stores
from ext.embedded_postgres import EmbeddedPostgres
from ext.postgres import migrating
from ext.postgres.pool import open_pool
from ext.postgres.stores import load_stores


class SchemaMissing(Unavailable): ...


def embedded_postgres(settings: Settings) -> EmbeddedPostgres | None:
    """The machine's own PostgreSQL, not yet started; None where the settings name another."""
    return None if settings.database_url else EmbeddedPostgres(settings.data_dir / "pg")


@contextlib.contextmanager
def running_database(settings: Settings) -> Iterator[str]:
    """The URL of a database that runs for the time of the block; it need not be migrated.

    The embedded PostgreSQL is attached to, or started and stopped at the end: call this from the
    main thread.
    """
    embedded = embedded_postgres(settings)
    if embedded is None:
        yield settings.database_url
        return
    try:
        yield embedded.start()
    finally:
        embedded.stop()


async def pending_migrations(url: str) -> list[str]:
    """Ids of the migrations that the database lacks. Raises DatabaseUnavailable."""
    return await migrating.pending(url)


async def migrate(settings: Settings, url: str) -> list[str]:
    """Apply what is pending and make the store that the settings name; ids of the applied."""
    return await migrating.migrate(
        url, slug=settings.store, name="Bookwheel", currency=settings.currency
    )


@contextlib.asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[tuple[asyncpg.Pool, Store]]:
    """A pool and the store that the settings name, for a command's time.

    Call this from the main thread, see `running_database`. Raises DatabaseUnavailable,
    StoreNotFound, SchemaMissing.
    """
    with running_database(settings) as url:
        pool = await open_pool(url, size=settings.database_pool_size)
        try:
            yield pool, (await migrated_stores(pool)).resolve(slug=settings.store)
        finally:
            await pool.close()


async def migrated_stores(pool: asyncpg.Pool) -> Stores:
    """Every store. Raises SchemaMissing before the migration, DatabaseUnavailable."""
    if not await migrating.schema_ready(pool):
        raise SchemaMissing("the schema is not up to date", remedy="run `bookwheel migrate`")
    return await load_stores(pool)
