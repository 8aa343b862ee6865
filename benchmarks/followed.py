"""A store that is written, its real follower and real workers: what drills of the index work on."""

import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID

import asyncpg
from msgspec import Struct

from api.settings import Settings, environment_of
from benchmarks.servers import NotReady, Server, running_server
from benchmarks.synthetic import books
from core.stores.store import Store
from ext.embedded_postgres import EmbeddedPostgres
from ext.postgres.migrating import migrate
from ext.postgres.pool import open_pool
from ext.postgres.stores import load_stores

SEED = 23
READY_SECONDS = 600.0


class Written(Struct, frozen=True):
    """A store in a database of its own; ids: of the books it began with."""

    settings: Settings
    store: Store
    ids: list[UUID]

    @property
    def index(self) -> Path:
        return self.settings.data_dir / "stores" / self.store.slug / "index"

    @asynccontextmanager
    async def connections(self) -> AsyncIterator[asyncpg.Pool]:
        pool = await open_pool(self.settings.database_url, size=8)
        try:
            yield pool
        finally:
            pool.terminate()

    def start_follower(self) -> "subprocess.Popen[bytes]":
        """`bookwheel index follow` as it is run."""
        command = "from api.cli.main import main; main()"
        return subprocess.Popen(
            (sys.executable, "-c", command, "index", "follow"),
            env=environment_of(self.settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # as the supervisor starts it
        )

    @contextmanager
    def follower(self) -> Iterator[None]:
        process = self.start_follower()
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def wait_for_index(self) -> None:
        """Until there is a generation."""
        deadline = monotonic() + READY_SECONDS
        while not (self.index / "CURRENT").exists():
            if monotonic() > deadline:
                raise NotReady("the follower has built no index")
            sleep(0.05)

    @contextmanager
    def workers(self, count: int) -> Iterator[list[Server]]:
        """Real workers, ready to answer."""
        with ExitStack() as stack:
            folders = [tempfile.mkdtemp(dir=self.settings.data_dir) for _ in range(count)]
            yield [
                stack.enter_context(
                    running_server(
                        "api.worker",
                        ready="/readyz",
                        environment={
                            **environment_of(self.settings),
                            "BOOKWHEEL_ACCESS_LOG": "false",
                            "BOOKWHEEL_LIMITS": "false",
                            "PROMETHEUS_MULTIPROC_DIR": folder,
                        },
                    )
                )
                for folder in folders
            ]


@contextmanager
def written_store(count: int) -> Iterator[Written]:
    """A store of so many synthetic books without names, in a folder that goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-drill-"))
    folder.chmod(0o755)  # a root's PostgreSQL runs as nobody
    postgres = EmbeddedPostgres(folder / "pg", "bookwheel")
    try:
        settings = Settings(
            data_dir=folder,
            database_url=postgres.start(),
            signing_key_file=folder / "access-tokens.pem",
            limits=False,
        )
        store, ids = asyncio.run(_made(settings, count))
        yield Written(settings, store, ids)
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _made(settings: Settings, count: int) -> tuple[Store, list[UUID]]:
    await migrate(settings.database_url, slug="main", name="Drills", currency="EUR")
    pool = await open_pool(settings.database_url, size=1)
    try:
        store = (await load_stores(pool)).resolve(slug="main")
        return store, await _fill(pool, store, count)
    finally:
        await pool.close()


async def _fill(pool: asyncpg.Pool, store: Store, count: int) -> list[UUID]:
    ids: list[UUID] = []
    columns = "id store_id isbn title description published price_minor stock status".split()
    async with pool.acquire() as connection:
        for batch in books(count, SEED):
            records = [
                (
                    book.id, store.id, book.isbn, book.title, book.description, book.published,
                    book.price.amount_minor, book.stock, book.status,
                )
                for book in batch
            ]  # fmt: skip
            await connection.copy_records_to_table("book", records=records, columns=columns)
            ids += [book.id for book in batch]
        await connection.execute("analyze")
    return ids
