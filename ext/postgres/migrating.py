"""Bringing the schema up to date, safely when several processes start at once."""

import pkgutil

import asyncpg

from ext.postgres import migrations, stores
from ext.postgres.pool import connected, connection_of

# "bookwhee" in ASCII, cut to the 63 bits an advisory lock takes.
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
        missing = await _missing(connection)
        if missing:
            # Piccolo takes 0.2 s to load, and workers ask this module whether all is applied.
            from ext.postgres.applying import apply_migrations  # noqa: PLC0415

            await apply_migrations(connection, list(missing.values()))
        await stores.ensure_store(connection, slug=slug, name=name, currency=currency)
        return list(missing)


async def pending(url: str) -> list[str]:
    """Ids of the migrations that the database lacks, oldest first."""
    async with connected(url) as connection:
        return list(await _missing(connection))


async def schema_ready(pool: asyncpg.Pool) -> bool:
    """Has every migration been applied? Raises DatabaseUnavailable."""
    async with connection_of(pool) as connection:
        return not await _missing(connection)


async def _missing(connection: asyncpg.Connection) -> dict[str, str]:
    """The migrations to apply in their order: id → file."""
    try:
        rows = await connection.fetch(
            "select name from migration where app_name = $1", migrations.APP_NAME
        )
    except asyncpg.UndefinedTableError:
        rows = []
    applied = {row["name"] for row in rows}
    files = sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))
    return {_id(file): file for file in files if _id(file) not in applied}


def _id(file: str) -> str:
    """A migration is named as its file: m0001_tables is 0001-tables."""
    return file.removeprefix("m").replace("_", "-")
