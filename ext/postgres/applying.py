"""Applying one migration with Piccolo."""

import contextlib
import importlib
import io

import asyncpg
from piccolo.apps.migrations.tables import Migration

from ext.postgres import migrations
from ext.postgres.engine import piccolo_on, piccolo_transaction


async def apply_migrations(connection: asyncpg.Connection, modules: list[str]) -> None:
    """Each in a transaction of its own, its record with it. modules: names of files."""
    async with piccolo_on(connection):
        await Migration.create_table(if_not_exists=True)
        for name in modules:
            await _apply(name)


async def _apply(name: str) -> None:
    migration = importlib.import_module(f"{migrations.__name__}.{name}")
    manager = await migration.forwards()
    async with piccolo_transaction():
        # Piccolo tells of its progress on standard output, where ours belongs to our commands.
        with contextlib.redirect_stdout(io.StringIO()):
            await manager.run()
        await Migration.insert(Migration(name=migration.ID, app_name=migrations.APP_NAME))
