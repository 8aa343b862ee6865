"""No table with rows of readers escapes export, erasure and the operator's page."""

from pathlib import Path

import asyncpg

from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.erasing import ErasureRepository
from ext.postgres.personal_data import UNTOLD, holdings, personal_data

PAGE = Path(__file__).parents[2] / "docs" / "PRIVACY.md"


async def test_rows_of_readers_go_with_them_or_lose_their_name(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        kept_by_force = await connection.fetch(
            """select conrelid::regclass::text from pg_constraint
               where contype = 'f' and confrelid = 'reader'::regclass
                 and confdeltype not in ('c', 'n')"""
        )

    assert [row[0] for row in kept_by_force] == []


async def test_column_that_names_a_reader_refers_to_one(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        named = await connection.fetch(
            """select table_name, column_name from information_schema.columns
               where table_schema = current_schema()
                 and column_name in ('reader_id', 'account_id', 'user_id', 'owner_id', 'actor_id')
                 and table_name not like 'event\\_%'"""
        )
        known = {(each.table, each.column) for each in await holdings(connection)}

    assert {tuple(row) for row in named} - known == set()


async def test_operators_page_names_every_table_with_rows_of_readers(pool: asyncpg.Pool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    async with pool.acquire() as connection:
        tables = {each.table for each in await holdings(connection)}

    assert [table for table in sorted(tables | UNTOLD) if f"`{table}`" not in page] == []


async def test_table_added_later_is_exported_and_erased(pool: asyncpg.Pool, store: Store) -> None:
    reader = new_id()
    async with pool.acquire() as connection:
        await connection.execute(
            """create table wish (id uuid primary key, text text, note_sealed bytea,
                 reader_id uuid not null references reader on delete cascade);
               create table invoice (id uuid primary key, total int,
                 reader_id uuid references reader on delete set null);
               create table newsletter (store_id uuid, email text)"""
        )
        await connection.execute(
            """insert into reader (id, store_id, email, display_name)
               values ($1, $2, 'Ada@x.org', '')""",
            reader,
            store.id,
        )
        await connection.execute(
            "insert into wish values ($1, 'Dune', '\\x01', $2)", new_id(), reader
        )
        await connection.execute("insert into invoice values ($1, 999, $2)", new_id(), reader)
        await connection.execute("insert into newsletter values ($1, 'ada@X.org')", store.id)
        await connection.execute("insert into newsletter values ($1, 'ada@x.org')", new_id())

        parts = await personal_data(connection, reader)
        erasure = await ErasureRepository(pool).erase(store, reader)

        assert {name: len(rows) for name, rows in parts.items()} == {
            "account": 1,
            "wish": 1,
            "invoice": 1,
            "newsletter": 1,
        }
        assert "note_sealed" not in parts["wish"][0]
        assert erasure.erased == {"reader": 1, "wish": 1, "newsletter": 1}
        assert erasure.kept == {"invoice": 1}
        assert await connection.fetchval("select count(*) from wish") == 0
        assert await connection.fetchval("select count(*) from newsletter") == 1
        assert tuple(await connection.fetchrow("select total, reader_id from invoice")) == (
            999,
            None,
        )


async def test_who_comes_back_with_a_backup_is_erased_again(
    pool: asyncpg.Pool, store: Store
) -> None:
    async def add(reader: object) -> None:
        async with pool.acquire() as connection:
            await connection.execute(
                "insert into reader (id, store_id, email, display_name) values ($1, $2, $3, '')",
                reader,
                store.id,
                f"{reader}@x.org",
            )

    gone, stays = new_id(), new_id()
    erasures = ErasureRepository(pool)
    await add(gone)
    await erasures.erase(store, gone)
    await add(gone)
    await add(stays)

    assert await erasures.erased_again() == 1
    async with pool.acquire() as connection:
        assert await connection.fetchval("select array_agg(id) from reader") == [stays]
    assert await erasures.erased_again() == 0
