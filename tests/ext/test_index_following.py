import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from api.processes import PARENT_VARIABLE
from core.catalogue.book import Book
from core.catalogue.draft import BookDraft
from core.search.columns import NONE
from core.search.following import Follower, Pace
from core.search.snapshot import IndexUnavailable, Snapshot, Word
from core.stores.store import Store
from ext.embedded_postgres import EmbeddedPostgres
from ext.postgres.books import BookRepository
from ext.postgres.feed import Feed
from ext.postgres.migrating import migrate
from ext.postgres.names import NameRepository
from ext.postgres.pool import open_pool
from ext.postgres.source import CatalogueSource
from ext.postgres.stores import create_store, load_stores
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.threaded import ThreadedIndex

AssertHolds = Callable[[Snapshot, Mapping[UUID, Book]], None]

PACE = Pace(poll_seconds=0.01, commit_seconds=0.02, stores_seconds=0.05, retry_seconds=0.2)


def titled(title: str, **fields: object) -> BookDraft:
    return BookDraft(title=title, price="9.99", **fields)  # type: ignore[arg-type]


def found(snapshot: Snapshot, term: str) -> int:
    return len(snapshot.text.top((Word(((term, 1.0),)),), minimum=1, limit=10).keys)


@asynccontextmanager
async def following(pool: asyncpg.Pool, folder: Path) -> AsyncIterator[None]:
    """A follower at work for the time of the block."""
    stop = asyncio.Event()

    async def open_index(store: Store) -> ThreadedIndex:
        return await ThreadedIndex.open(folder / store.slug)

    follower = Follower(Feed(pool), CatalogueSource(pool), open_index, pace=PACE)
    task = asyncio.create_task(follower.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


class Readers:
    """The readers of some stores' indexes."""

    def __init__(self, folder: Path, below: str = "") -> None:
        self._folder = folder
        self._below = below
        self._readers: dict[str, IndexReader] = {}

    def snapshot(self, slug: str = "main") -> Snapshot | None:
        if slug not in self._readers:
            self._readers[slug] = IndexReader(self._folder / slug / self._below)
        reader = self._readers[slug]
        reader.refresh(wait=True)
        try:
            return reader.current()
        except IndexUnavailable:
            return None

    async def when(self, holds: Callable[[Snapshot], bool], slug: str = "main") -> Snapshot:
        """The first snapshot of which it holds."""
        seen: list[Snapshot] = []

        def look() -> bool:
            snapshot = self.snapshot(slug)
            seen[:] = [snapshot] if snapshot is not None and holds(snapshot) else []
            return bool(seen)

        await until(look)
        return seen[0]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while not holds():  # noqa: ASYNC110 # what is waited for happens in files
            await asyncio.sleep(0.005)


async def test_books_that_are_there_are_indexed_at_the_start(
    pool: asyncpg.Pool, store: Store, tmp_path: Path, assert_holds: AssertHolds
) -> None:
    books = BookRepository(pool)
    made = [
        (await books.create(store, titled(f"Book {n}", isbn=f"97800000000{n:02}")))
        for n in (2, 19, 26)
    ]

    async with following(pool, tmp_path):
        snapshot = await Readers(tmp_path).when(lambda snapshot: snapshot.living == 3)

    assert_holds(snapshot, {written.book.id: written.book for written in made})


async def test_every_write_becomes_visible_and_its_token_tells_when(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    books, readers = BookRepository(pool), Readers(tmp_path)
    async with following(pool, tmp_path):
        await readers.when(lambda snapshot: snapshot.living == 0)

        made = await books.create(store, titled("Zyxwolf"))
        snapshot = await readers.when(holding(made.token))
        created = found(snapshot, "zyxwolf")
        changed = await books.patch(store, made.book.id, {"title": "Vuqqmare"}, 1)
        snapshot = await readers.when(holding(changed.token))
        renamed = found(snapshot, "zyxwolf"), found(snapshot, "vuqqmare")
        deleted = await books.delete(store, made.book.id, 2)
        snapshot = await readers.when(holding(deleted))

    assert created == 1
    assert renamed == (0, 1)
    assert snapshot.ordinal_of(made.book.id) == NONE


async def test_change_is_searchable_within_half_a_second_at_the_usual_pace(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    books, readers, stop = BookRepository(pool), Readers(tmp_path), asyncio.Event()
    follower = Follower(
        Feed(pool), CatalogueSource(pool), lambda store: ThreadedIndex.open(tmp_path / store.slug)
    )
    task = asyncio.create_task(follower.run(stop))
    await readers.when(lambda snapshot: snapshot.living == 0)
    waits: list[float] = []
    while len(waits) < 20 and min(waits, default=1.0) >= 0.5:
        await books.create(store, titled(f"Zyxwolf{len(waits)}"))
        began = time.monotonic()
        await readers.when(lambda snapshot: snapshot.living == len(waits) + 1)
        waits.append(time.monotonic() - began)
    stop.set()
    await task

    # One of them: the others may have met a machine that was busy with something else.
    assert min(waits) < 0.5


async def test_renamed_author_is_found_under_the_new_name(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    books, authors, readers = (
        BookRepository(pool),
        NameRepository(pool, "author"),
        Readers(tmp_path),
    )
    made = await books.create(store, titled("Emma", authors=("Nobody Known",)))
    async with following(pool, tmp_path):
        await readers.when(lambda snapshot: found(snapshot, "known") == 1)

        await authors.rename(store, made.book.authors[0].id, "Jane Austen", 1)

        snapshot = await readers.when(lambda snapshot: found(snapshot, "austen") == 1)
    assert found(snapshot, "known") == 0


async def test_follower_goes_on_where_the_last_one_ended(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    books, readers = BookRepository(pool), Readers(tmp_path)
    async with following(pool, tmp_path):
        await readers.when(lambda snapshot: snapshot.living == 0)
    await books.create(store, titled("Written meanwhile"))

    async with following(pool, tmp_path):
        snapshot = await readers.when(lambda snapshot: found(snapshot, "meanwhile") == 1)

    assert snapshot.version.startswith("g000001.")


async def test_every_store_has_an_index_of_its_own(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    books, readers = BookRepository(pool), Readers(tmp_path)
    async with following(pool, tmp_path):
        await readers.when(lambda snapshot: snapshot.living == 0)

        second = await create_store(pool, slug="second", name="Second", currency="USD")
        await books.create(second, titled("Only here"))
        there = await readers.when(lambda snapshot: snapshot.living == 1, "second")

    assert found(there, "only") == 1
    main = readers.snapshot()
    assert main is not None
    assert main.living == 0


async def test_many_changes_at_once_are_all_there(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    readers = Readers(tmp_path)
    async with following(pool, tmp_path):
        await readers.when(lambda snapshot: snapshot.living == 0)

        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "insert into book (id, store_id, title, price_minor, stock, status, version)"
                " select gen_random_uuid(), $1, 'Heap ' || n, 100, 1, 'available', 1"
                " from generate_series(1, 3000) as n",
                store.id,
            )
            await connection.execute(
                "insert into outbox (store_id, entity, entity_id)"
                " select store_id, 'book', id from book"
            )
        snapshot = await readers.when(lambda snapshot: snapshot.living == 3000)

    assert len(snapshot.terms.postings(snapshot.terms.code("heap"))) >= 3000


async def test_changes_during_a_rebuild_are_not_lost(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    books, readers = BookRepository(pool), Readers(tmp_path)
    async with following(pool, tmp_path):
        await readers.when(lambda snapshot: snapshot.living == 0)
        for step in range(60):
            await books.create(store, titled(f"Step {step}"))
            if step % 15 == 0:
                await pool.execute(
                    "insert into outbox (store_id, entity, entity_id) values ($1, 'store', $1)",
                    store.id,
                )

        snapshot = await readers.when(
            lambda snapshot: snapshot.living == 60 and not snapshot.version.startswith("g000001")
        )

    assert found(snapshot, "step") == 10


async def test_index_deleted_by_hand_comes_back(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    books, readers = BookRepository(pool), Readers(tmp_path)
    await books.create(store, titled("Zyxwolf"))
    async with following(pool, tmp_path):
        await readers.when(lambda snapshot: snapshot.living == 1)
        (tmp_path / "main").rename(tmp_path / "away")

        await books.create(store, titled("Vuqqmare"))

        snapshot = await readers.when(lambda snapshot: snapshot.living == 2)
    assert (found(snapshot, "zyxwolf"), found(snapshot, "vuqqmare")) == (1, 1)


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that a test may kill, already migrated."""
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-pg-"))
    folder.chmod(0o755)  # a root's PostgreSQL runs as nobody
    server = EmbeddedPostgres(folder / "pg", settings={"fsync": "off"})
    asyncio.run(migrate(server.start(), slug="main", name="Bookwheel", currency="EUR"))
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def test_follower_outlives_a_killed_database(
    own_server: EmbeddedPostgres, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bookwheel.index")
    readers = Readers(tmp_path)
    async with await open_pool(own_server.url) as pool, following(pool, tmp_path):
        await readers.when(lambda snapshot: snapshot.living == 0)

        os.kill(own_server.pid or 0, signal.SIGKILL)
        await until(lambda: "retrying" in caplog.text)
        kept = readers.snapshot()
        # Its socket is closed before the kernel says that it has ended.
        await until(lambda: own_server.pid is None)
        own_server.ensure()
        await BookRepository(pool).create((await load_stores(pool)).all[0], titled("Zyxwolf"))
        await readers.when(lambda snapshot: found(snapshot, "zyxwolf") == 1)

    told = [record.getMessage() for record in caplog.records]
    assert kept is not None
    assert sum("retrying" in line for line in told) == 1
    assert sum("following again" in line for line in told) == 1


def holding(token: str) -> Callable[[Snapshot], bool]:
    return lambda snapshot: snapshot.horizon.contains(int(token))


def command(database_url: str, folder: Path) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "BOOKWHEEL_DATABASE_URL": database_url,
        "BOOKWHEEL_DATA_DIR": str(folder),
        PARENT_VARIABLE: str(os.getpid()),
    }
    return subprocess.Popen(
        [sys.executable, "-c", "from api.cli.main import main; main()", "index", "follow"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_command_follows_until_it_is_told_to_stop(
    pool: asyncpg.Pool, store: Store, database_url: str, tmp_path: Path
) -> None:
    books = BookRepository(pool)
    (tmp_path / "stores" / "main").mkdir(parents=True)
    await books.create(store, titled("Zyxwolf"))
    running = command(database_url, tmp_path)
    reader = IndexReader(tmp_path / "stores" / "main" / "index")
    await until(lambda: reader.refresh(wait=True))

    second = command(database_url, tmp_path)
    _, refusal = await asyncio.to_thread(second.communicate)
    running.send_signal(signal.SIGTERM)
    _, log = await asyncio.to_thread(running.communicate)

    assert (running.returncode, second.returncode) == (0, 1)
    assert f"is being written by process {running.pid}" in refusal
    assert "Traceback" not in log + refusal
    assert reader.current().state.boot == ""


async def test_killed_command_is_taken_over(
    pool: asyncpg.Pool, store: Store, database_url: str, tmp_path: Path
) -> None:
    books, readers = BookRepository(pool), Readers(tmp_path / "stores", "index")
    for step in range(3):
        running = command(database_url, tmp_path)
        made = await books.create(store, titled(f"Step {step}"))
        snapshot = await readers.when(holding(made.token))
        running.kill()
        await asyncio.to_thread(running.communicate)

        assert snapshot.living == step + 1
