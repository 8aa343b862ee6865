"""Connections: errors in our words, a limit to waiting, and life after a crash."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from core.kernel.errors import Invalid
from ext.embedded_postgres import EmbeddedPostgres
from ext.postgres.faults import DatabaseUnavailable
from ext.postgres.pool import connection_of, open_pool, read, transaction_of


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """One of the test's own, to be killed."""
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-killed-"))
    folder.chmod(0o755)
    made = EmbeddedPostgres(folder / "pg", settings={"fsync": "off"})
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


async def one(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("select 1"))


async def test_read_survives_a_crash_of_the_server(server: EmbeddedPostgres) -> None:
    pool = await open_pool(server.url, size=4)
    await asyncio.gather(*(pool.execute("select pg_sleep(0.02)") for _ in range(4)))
    killed = server.pid  # to ask again is to bury it
    assert killed is not None

    os.kill(killed, signal.SIGKILL)
    # Without turning the loop: asyncpg has not noticed yet when the connections are used.
    os.waitid(os.P_PID, killed, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222
    server.ensure()

    assert await asyncio.gather(*(read(pool, one) for _ in range(4))) == [1] * 4
    await pool.close()


async def test_server_that_is_away_is_unavailable_until_it_is_back(
    server: EmbeddedPostgres,
) -> None:
    pool = await open_pool(server.url)
    server.stop()

    with pytest.raises(DatabaseUnavailable) as away:
        await read(pool, one)

    assert away.value.retry_after_seconds >= 1
    assert away.value.remedy
    server.ensure()
    assert await read(pool, one) == 1
    await pool.close()


async def test_backend_killed_under_an_idle_connection_is_not_noticed_by_a_read(
    pool: asyncpg.Pool, database_url: str
) -> None:
    await read(pool, one)
    killer = await asyncpg.connect(database_url)
    await killer.execute(
        """select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()"""
    )
    await killer.close()

    assert await read(pool, one) == 1


async def test_connection_lost_in_a_write_is_unavailable_and_not_repeated(
    pool: asyncpg.Pool,
) -> None:
    async def write() -> None:
        async with transaction_of(pool) as connection:
            tries.append(1)
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")

    tries: list[int] = []
    with pytest.raises(DatabaseUnavailable):
        await write()

    assert len(tries) == 1
    assert await read(pool, one) == 1


async def test_transaction_given_up_leaves_nothing_open(pool: asyncpg.Pool) -> None:
    async def write() -> None:
        async with transaction_of(pool) as connection:
            await connection.execute("create table never (x int)")
            await connection.execute("select pg_sleep(60)")

    async def backends(state: str, query: str = "%") -> int:
        return int(
            await pool.fetchval(
                """select count(*) from pg_stat_activity
                   where datname = current_database() and state like $1 and query like $2
                     and pid <> pg_backend_pid()""",
                state,
                query,
            )
        )

    task = asyncio.create_task(write())
    # A cancellation that comes before its query has begun is lost on the server.
    while not await backends("active", "%pg_sleep%"):
        assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await pool.fetchval("select to_regclass('never')") is None
    assert await backends("idle in transaction%") == 0


async def test_failure_of_the_caller_passes_unchanged(pool: asyncpg.Pool) -> None:
    with pytest.raises(FileNotFoundError):
        async with connection_of(pool):
            raise FileNotFoundError("catalogue.csv")


@pytest.mark.parametrize("value", ["nul\x00", "lone \ud800"])
async def test_text_that_no_column_can_hold_is_invalid(pool: asyncpg.Pool, value: str) -> None:
    with pytest.raises(Invalid):
        async with connection_of(pool) as connection:
            await connection.fetchval("select $1::text", value)


async def test_number_past_its_column_is_invalid(pool: asyncpg.Pool) -> None:
    with pytest.raises(Invalid):
        async with connection_of(pool) as connection:
            await connection.fetchval("select $1::int", 2**40)


async def test_missing_database_is_named_with_a_remedy(database_url: str) -> None:
    pool = await open_pool(urlsplit(database_url)._replace(path="/nowhere").geturl())

    with pytest.raises(DatabaseUnavailable, match="nowhere") as refused:
        await read(pool, one)

    assert "BOOKWHEEL_DATABASE_URL" in refused.value.remedy
    await pool.close()
