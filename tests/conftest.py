"""What tests share: a real PostgreSQL, a database of their own, a store, the shared data."""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import hypothesis
import pytest

from api.processes import raise_file_limit
from benchmarks.peers.opensearch import NoServer, opensearch
from core.stores.store import Store
from ext.embedded_postgres import EmbeddedPostgres
from ext.postgres.migrating import migrate
from ext.postgres.pool import open_pool
from ext.postgres.stores import load_stores
from tests.valkey_server import ValkeyServer, valkey_server

# On a busy machine a slow example says nothing about the law it tries. CI tries the same examples
# each time, so that a change is judged by what it changes; whoever develops tries others each time.
hypothesis.settings.register_profile(
    "bookwheel",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("bookwheel")

# A test's database need not survive a power cut.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SHARED = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def many_open_files() -> None:
    """What the processes of a deployment do for themselves: each mapped file is an open one."""
    raise_file_limit()


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    with valkey_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a migrated database that others are cloned from; nobody may stay connected to it."""
    given = os.environ.get("BOOKWHEEL_TEST_DATABASE_URL")
    template = f"template_{uuid.uuid4().hex[:12]}"
    if given:
        _run(_execute(given, f"create database {template}"))
        url = _renamed(given, template)
        _run(migrate(url, slug="main", name="Bookwheel", currency="EUR"))
        yield url
        _run(_execute(given, f"drop database {template} with (force)"))
        return
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-pg-"))
    folder.chmod(0o755)  # a root's PostgreSQL runs as nobody
    server = EmbeddedPostgres(folder / "pg", template, settings=CARELESS)
    try:
        url = server.start()
        _run(migrate(url, slug="main", name="Bookwheel", currency="EUR"))
        yield url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """URL of a fresh database with the schema and the store "main"; dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    template = urlsplit(postgres_url).path.lstrip("/")
    admin = _renamed(postgres_url, "postgres")
    _run(_execute(admin, f"create database {name} template {template}"))
    yield _renamed(postgres_url, name)
    _run(_execute(admin, f"drop database {name} with (force)"))


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(database_url, size=10)
    yield opened
    await asyncio.wait_for(opened.close(), 10)


@pytest.fixture
async def store(pool: asyncpg.Pool) -> Store:
    """The store "main", in EUR."""
    return (await load_stores(pool)).resolve(slug="main")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of large public catalogues beside the project, where there is one."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: large public catalogues are tested where it is")
    return SHARED


@pytest.fixture(scope="session")
def opensearch_url() -> Iterator[str]:
    """A real server with nothing in it; skips with the reason where none can be had."""
    if given := os.environ.get("BOOKWHEEL_TEST_SEARCH_URL"):
        yield given
        return
    try:
        with opensearch() as url:
            yield url
    except NoServer as error:
        pytest.skip(f"no search server to test against: {error}")


def _renamed(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def _run(work: Coroutine[Any, Any, Any]) -> None:
    # A loop of its own that never becomes the thread's: pytest-asyncio keeps that one.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(work)
