"""Bringing the schema up to date, safely when several processes start at once."""

import contextlib
import importlib
import io
import pkgutil
from types import ModuleType

import asyncpg
from piccolo.apps.migrations.tables import Migration

from ext.postgres import migrations, stores
from ext.postgres.engine import piccolo_on, piccolo_transaction
from ext.postgres.piccolo_app import APP_NAME
from ext.postgres.pool import connected, connection_of

# "bookwheel" in ASCII, cut to the 63 bits an advisory lock takes.
MIGRATION_LOCK = int.from_bytes(b"bookwhee", "big") >> 1


async def migrate(
    url: str, *, slug: str = "main", name: str = "Bookwheel", currency: str = "EUR"
) -> list[str]:
    """Apply what is pending, and make the store `slug` if it is not there; the applied, by id.

    Each migration is a transaction of its own, recorded in it. Whoever comes while another is
    at it waits and finds nothing left to do. Not through PgBouncer in transaction mode.
    """
    async with connected(url) as connection:
        # A session lock, freed by the server when the connection ends in whatever way.
        await connection.execute("select pg_advisory_lock($1)", MIGRATION_LOCK)
        async with piccolo_on(connection):
            await Migration.create_table(if_not_exists=True)
            missing = await _missing(connection)
            for migration in missing:
                await _apply(migration)
        await stores.ensure_store(connection, slug=slug, name=name, currency=currency)
        return [migration.ID for migration in missing]


async def _apply(migration: ModuleType) -> None:
    manager = await migration.forwards()
    # Piccolo tells of its progress on standard output, where ours belongs to our commands.
    async with piccolo_transaction():
        with contextlib.redirect_stdout(io.StringIO()):
            await manager.run()
        await Migration.insert(Migration(name=migration.ID, app_name=APP_NAME))


async def pending(url: str) -> list[str]:
    """Ids of the migrations that the database lacks, oldest first."""
    async with connected(url) as connection:
        return [migration.ID for migration in await _missing(connection)]


async def schema_ready(pool: asyncpg.Pool) -> bool:
    """Has every migration been applied? Raises DatabaseUnavailable."""
    async with connection_of(pool) as connection:
        return not await _missing(connection)


async def _missing(connection: asyncpg.Connection) -> list[ModuleType]:
    try:
        rows = await connection.fetch("select name from migration where app_name = $1", APP_NAME)
    except asyncpg.UndefinedTableError:
        rows = []
    applied = {row["name"] for row in rows}
    return [migration for migration in _all() if migration.ID not in applied]


def _all() -> list[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))
    return [importlib.import_module(f"{migrations.__name__}.{name}") for name in names]
