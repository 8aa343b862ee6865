"""A store with a few books, indexed, and the application over it, as a worker builds it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from msgspec import Struct

from api.app import create_app
from api.services import Services
from api.settings import Settings
from api.wiring.accounts import signing_key_file
from api.wiring.derived import store_folder
from api.wiring.serving import services as open_services
from core.accounts.principal import Principal, Role
from core.catalogue.draft import draft_from
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.jwt_tokens import JwtTokens, signing_key
from ext.postgres.books import BookRepository, books_by_id, every_book
from ext.postgres.feed import Feed
from ext.tantivy_search.writer import IndexWriter

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


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, poll_ms=5)


@pytest.fixture
async def shop(settings: Settings, pool: asyncpg.Pool, store: Store) -> AsyncIterator[Shop]:
    repository = BookRepository(pool)
    ids = {}
    for fields in BOOKS:
        written = await repository.create(store, draft_from(fields))
        ids[str(fields["title"])] = written.book.id
    index = Index(pool, store, store_folder(settings, store) / "index")
    await index.rebuild()
    async with open_services(settings) as services:
        transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            key = signing_key(signing_key_file(settings))
            tokens = JwtTokens(key, seconds=settings.access_token_seconds)
            yield Shop(client, services, settings, store, pool, index.follow, ids, tokens)
    index.writer.close()
