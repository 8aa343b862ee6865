"""A store with a few books, indexed, and the application over it, as a worker builds it."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from msgspec import Struct

from api.app import create_app
from api.asgi.metrics import RequestMetrics
from api.processes import PARENT_VARIABLE
from api.services import Services
from api.settings import Settings, environment_of
from api.wiring.accounts import signing_key_file
from api.wiring.derived import store_folder
from core.accounts.principal import Principal, Role
from core.catalogue.draft import draft_from
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.jwt_tokens import JwtTokens, signing_key
from ext.postgres.books import BookRepository, books_by_id, every_book
from ext.postgres.feed import Feed
from ext.postgres.stores import ensure_store
from ext.tantivy_search.writer import IndexWriter
from tests.api.opened import opened

BOOKS: tuple[dict[str, Any], ...] = (
    {"title": "Dune", "price": "9.99", "authors": ["Frank Herbert"], "categories": ["Science"]},
    {"title": "Emma", "price": "12.50", "authors": ["Jane Austen"], "categories": ["Classics"]},
    {
        "title": "Persuasion",
        "price": "30",
        "authors": ["Jane Austen"],
        "categories": ["Classics"],
        "isbn": "9780141439686",
        "published": "1817",
        "language": "en",
        "description": "A second spring for Anne Elliot.",
    },
)


class Shop(Struct):
    """client: speaks to the application. follow: brings the index up to date, as a follower."""

    client: httpx.AsyncClient
    services: Services
    settings: Settings
    store: Store
    pool: asyncpg.Pool
    follow: Callable[[], Awaitable[None]]
    ids: dict[str, UUID]
    tokens: JwtTokens

    def signed_in(self, role: Role, *, store_id: UUID | None = None) -> dict[str, str]:
        """Headers of somebody with this role; no account stands behind it."""
        principal = Principal(new_id(), store_id or self.store.id, role)
        return {"authorization": f"Bearer {self.tokens.issue(principal)}"}


class Index:
    """What `bookwheel index follow` does, one step at a time."""

    def __init__(self, pool: asyncpg.Pool, store: Store, folder: Path) -> None:
        self._pool, self._store, self._feed = pool, store, Feed(pool)
        self.writer = IndexWriter(folder)

    async def rebuild(self) -> None:
        changes = await self._feed.changes(None)
        async with self._pool.acquire() as connection:
            batches = [batch async for batch in every_book(connection, self._store)]
        self.writer.rebuild(batches, changes.horizon, changes.cursor)

    async def follow(self) -> None:
        changes = await self._feed.changes(self.writer.cursor)
        ids = changes.books.get(self._store.id, set())
        async with self._pool.acquire() as connection:
            books = await books_by_id(connection, self._store, ids)
        removed = [*set(ids).difference(book.id for book in books)]
        self.writer.apply(books, removed, changes.horizon, changes.cursor)


Serving = Callable[..., Awaitable[list[httpx.AsyncClient]]]


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Serving]:
    """Starts worker processes, each on a port of its own, and gives a client of each.

    What they write is in `metrics-*.log` of the test's folder.
    """
    processes: list[subprocess.Popen[bytes]] = []
    clients: list[httpx.AsyncClient] = []

    async def start(settings: Settings, count: int = 1) -> list[httpx.AsyncClient]:
        begun = [_started(settings, tmp_path / f"metrics-{each}") for each in range(count)]
        processes.extend(process for process, _ in begun)
        made = [httpx.AsyncClient(base_url=url, timeout=300) for _, url in begun]
        clients.extend(made)
        for client in made:
            await _ready(client)
        return made

    try:
        yield start
    finally:
        for client in clients:
            await client.aclose()
        for process in processes:
            process.kill()
            process.wait()


def _started(settings: Settings, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    log = folder.with_suffix(".log")
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening, log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.worker", "--fd", str(listening.fileno())],
            env={
                **os.environ,
                **environment_of(settings),
                PARENT_VARIABLE: str(os.getpid()),  # a killed run leaves no worker behind
                "PROMETHEUS_MULTIPROC_DIR": str(folder),
            },
            pass_fds=(listening.fileno(),),
            stdout=output,
            stderr=output,
        )
        return process, f"http://127.0.0.1:{listening.getsockname()[1]}"


async def _ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(300):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.02)


@pytest.fixture
def metrics(tmp_path: Path) -> Iterator[RequestMetrics]:
    """Of an application without a shop behind it."""
    made = RequestMetrics(tmp_path)
    yield made
    made.close()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Bounds on time are wide: a busy machine answers late, and then in full."""
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        poll_ms=5,
        search_budget_ms=60_000,
        answer_seconds=300,
        body_seconds=300,
    )


async def stocked(pool: asyncpg.Pool, store: Store, folder: Path) -> tuple[Index, dict[str, UUID]]:
    """BOOKS in the store and in an index; the ids by title."""
    repository = BookRepository(pool)
    ids = {}
    for fields in BOOKS:
        written = await repository.create(store, draft_from(fields))
        ids[str(fields["title"])] = written.book.id
    index = Index(pool, store, folder / "index")
    await index.rebuild()
    return index, ids


@pytest.fixture
async def other_store(settings: Settings, pool: asyncpg.Pool) -> AsyncIterator[Store]:
    """A second store with the same books; ask for it before `shop`."""
    async with pool.acquire() as connection:
        made = await ensure_store(connection, slug="other", name="Other", currency="EUR")
    index, _ = await stocked(pool, made, store_folder(settings, made))
    yield made
    index.writer.close()


@pytest.fixture
async def shop(settings: Settings, pool: asyncpg.Pool, store: Store) -> AsyncIterator[Shop]:
    index, ids = await stocked(pool, store, store_folder(settings, store))
    async with opened(settings) as services:
        transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            key = signing_key(signing_key_file(settings))
            tokens = JwtTokens(key, seconds=settings.access_token_seconds)
            yield Shop(client, services, settings, store, pool, index.follow, ids, tokens)
    index.writer.close()
