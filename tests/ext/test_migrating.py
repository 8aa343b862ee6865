"""Migrations: complete, repeatable, safe at once."""

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from piccolo.apps.migrations.auto.diffable_table import DiffableTable
from piccolo.apps.migrations.auto.schema_differ import SchemaDiffer
from piccolo.apps.migrations.auto.schema_snapshot import SchemaSnapshot

from core.kernel.errors import Invalid, Unavailable
from core.stores.opening import DuplicateStore
from ext.postgres.api_keys import ApiKeyFeed
from ext.postgres.ended_sessions import EndedSessionFeed
from ext.postgres.engine import piccolo_on
from ext.postgres.experiments import ExperimentFeed
from ext.postgres.migrating import migrate, pending, schema_ready
from ext.postgres.migrations import m0001_tables
from ext.postgres.piccolo_app import APP_CONFIG
from ext.postgres.pool import open_pool
from ext.postgres.stores import create_store, load_stores

EVERY = sorted(
    file.stem.removeprefix("m").replace("_", "-")
    for file in Path(m0001_tables.__file__).parent.glob("m*.py")
)


@pytest.fixture
async def empty_url(database_url: str) -> str:
    connection = await asyncpg.connect(database_url)
    await connection.execute("drop schema public cascade; create schema public")
    await connection.close()
    return database_url


async def test_four_migrations_at_once_apply_each_step_once(empty_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(4)))

    assert sorted(applied, key=len) == [[], [], [], EVERY]
    assert await pending(empty_url) == []


async def test_an_empty_database_lacks_every_migration(empty_url: str) -> None:
    pool = await open_pool(empty_url)

    assert await pending(empty_url) == EVERY
    assert not await schema_ready(pool)
    await pool.close()


async def test_what_workers_ask_again_and_again_waits_for_the_migration(empty_url: str) -> None:
    pool = await open_pool(empty_url)
    asks = EndedSessionFeed(pool).since, ApiKeyFeed(pool).since
    for ask in asks:
        with pytest.raises(Unavailable) as refused:
            await ask(None)
        assert "bookwheel migrate" in str(refused.value.remedy)
    with pytest.raises(Unavailable):
        await ExperimentFeed(pool).running()

    await migrate(empty_url)

    for ask in asks:
        await ask(None)
    assert await ExperimentFeed(pool).running() == {}
    await pool.close()


async def test_migrating_again_keeps_the_store_as_it_is(database_url: str) -> None:
    applied = await migrate(database_url, slug="main", name="Another name", currency="USD")

    pool = await open_pool(database_url)
    stores = await load_stores(pool)
    await pool.close()
    assert applied == []
    assert [(store.slug, store.name, store.currency) for store in stores.all] == [
        ("main", "Bookwheel", "EUR")
    ]


async def test_a_failing_migration_leaves_nothing_behind(empty_url: str) -> None:
    connection = await asyncpg.connect(empty_url)
    await connection.execute("create table book_author (in_the_way int)")

    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(empty_url)

    assert await pending(empty_url) == EVERY[1:]
    assert not await connection.fetchval("select to_regclass('author_by_name') is not null")
    await connection.execute("drop table book_author")
    assert await migrate(empty_url) == EVERY[1:]
    await connection.close()


async def test_the_migrations_make_the_tables_that_piccolo_knows(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, piccolo_on(connection):
        snapshot = SchemaSnapshot(managers=[await m0001_tables.forwards()])
        differ = SchemaDiffer(
            schema=[
                DiffableTable(
                    class_name=table.__name__,
                    tablename=table._meta.tablename,
                    columns=table._meta.non_default_columns,
                )
                for table in APP_CONFIG.table_classes
            ],
            schema_snapshot=snapshot.get_snapshot(),
        )
        changes = differ.get_alter_statements()

    assert [change.statements for change in changes if change.statements] == []


def test_asking_whether_all_is_applied_does_not_load_piccolo() -> None:
    program = """
import sys, ext.postgres.migrating, ext.postgres.books, ext.postgres.feed, ext.postgres.source
print('piccolo' in sys.modules)
"""
    loaded = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )

    assert loaded.stdout.strip() == "False"


async def test_every_foreign_key_leads_an_index(pool: asyncpg.Pool) -> None:
    unindexed = await pool.fetch(
        """select conrelid::regclass::text as table, conname from pg_constraint
           where contype = 'f' and not exists (
             select from pg_index where indrelid = conrelid and indkey[0] = conkey[1])"""
    )

    assert unindexed == []


async def test_a_second_store_may_not_take_the_slug(pool: asyncpg.Pool) -> None:
    await create_store(pool, slug="north", name="North", currency="SEK", host="north.example")

    with pytest.raises(DuplicateStore, match="north"):
        await create_store(pool, slug="north", name="Other", currency="SEK")


@pytest.mark.parametrize("slug", ["", "-x", "Ä", "a b", "x" * 64, "a\n"])
async def test_a_malformed_slug_is_refused(pool: asyncpg.Pool, slug: str) -> None:
    with pytest.raises(Invalid) as refused:
        await create_store(pool, slug=slug, name="North", currency="SEK")

    assert refused.value.faults[0].pointer == "/slug"


async def test_a_database_that_is_away_is_named_with_a_remedy() -> None:
    with pytest.raises(Unavailable) as away:
        await pending("postgresql://nobody@127.0.0.1:9/none")

    assert away.value.remedy
