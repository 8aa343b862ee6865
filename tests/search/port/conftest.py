"""One suite for the index in the process and for a search cluster: what any search answers."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest

from core.catalogue.book import Book
from core.search.port import InProcess, SearchPort
from core.search.ranking import Taste, Weights
from core.search.request import SearchRequest, parse
from core.search.service import Search
from core.search.snapshot import Horizon
from core.search.view import View
from ext.opensearch_search.client import Cluster
from ext.opensearch_search.index import ClusterIndex
from ext.opensearch_search.search import ClusterSearch
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.stemming import stems
from ext.tantivy_search.writer import IndexWriter

Make = Callable[..., Book]
Ask = Callable[..., Awaitable[dict[str, Any]]]


class Shop(Protocol):
    """An index and whoever searches it. upto: the transactions that a write belongs to."""

    @property
    def search(self) -> SearchPort: ...
    async def rebuild(self, books: Sequence[Book], upto: int = 100) -> None: ...
    async def write(
        self, changed: Sequence[Book], removed: Sequence[UUID] = (), upto: int = 101
    ) -> None: ...


class InTheProcess:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer = IndexWriter(folder)
        self.search = InProcess(Search(self.view, weights=Weights(), secret=b"test"))
        self._view: View | None = None

    def view(self) -> View:
        reader = IndexReader(self.folder)
        if self._view is None or self._view.snapshot.version != reader.current().version:
            self._view = View(reader.current(), "EUR")
        return self._view

    async def rebuild(self, books: Sequence[Book], upto: int = 100) -> None:
        self.writer.rebuild([list(books)], Horizon(upto, upto), "")

    async def write(
        self, changed: Sequence[Book], removed: Sequence[UUID] = (), upto: int = 101
    ) -> None:
        self.writer.apply(changed, removed, Horizon(upto, upto), "")


class OnTheCluster:
    def __init__(self, cluster: Cluster, slug: str) -> None:
        self.index = ClusterIndex(cluster, slug, stems)
        self.search = ClusterSearch(
            cluster, slug, "EUR", stem=stems, weights=Weights(), secret=b"test"
        )

    async def rebuild(self, books: Sequence[Book], upto: int = 100) -> None:
        await self.index.begin()
        await self.index.add(books)
        await self.index.seal(Horizon(upto, upto), "")
        await self.index.switch()

    async def write(
        self, changed: Sequence[Book], removed: Sequence[UUID] = (), upto: int = 101
    ) -> None:
        await self.index.apply(changed, removed, Horizon(upto, upto), "")


@pytest.fixture(params=["in the process", "on a cluster"])
async def shop(request: Any, tmp_path: Path) -> AsyncIterator[Shop]:
    if request.param == "in the process":
        shop = InTheProcess(tmp_path / "index")
        yield shop
        shop.writer.close()
        return
    cluster = Cluster(request.getfixturevalue("opensearch_url"), seconds=60.0)
    yield OnTheCluster(cluster, f"s{uuid4().hex[:12]}")
    await cluster.ask("DELETE", "/bookwheel.*")
    await cluster.close()


@pytest.fixture
def ask(shop: Shop) -> Ask:
    """ask(q=…, category=[…]) gives the decoded answer."""

    async def asked(taste: Taste | None = None, **fields: Any) -> dict[str, Any]:
        pairs = [
            (name, str(value))
            for name, given in fields.items()
            for value in (given if isinstance(given, list) else [given])
        ]
        answer = await shop.search.search(parse(pairs, SearchRequest), taste)
        decoded: dict[str, Any] = json.loads(answer.body)
        assert answer.count == decoded["count"]
        assert answer.next_cursor == (decoded["next_cursor"] or "")
        return decoded

    return asked


@pytest.fixture
def library(make: Make) -> list[Book]:
    potter = {"series": "Harry Potter", "categories": ("Fantasy", "Children")}
    rings = {"series": "The Lord of the Rings", "rating": 4.5, "language": "en"}
    return [
        make("Harry Potter and the Chamber of Secrets", "J. K. Rowling", **potter),
        make("Harry Potter and the Goblet of Fire", "J. K. Rowling", **potter),
        make("Peter Pan", "J. M. Barrie", categories=("Children",), language="en"),
        make("Harry and the Power of Three", "A. Nobody", categories=("Fantasy",)),
        make("The Fellowship of the Ring", "J. R. R. Tolkien", reviews=900, **rings),
        make("The Two Towers", "J. R. R. Tolkien", **rings),
        make("Two Scoops of Django", "Audrey Roy Greenfeld", categories=("Programming",)),
        make("Germinal", "Émile Zola", reviews=900, description="La mine, la grève."),
        make("Nana", "Émile Zola", language="fr"),
        make("The Hunger Games", "Suzanne Collins", isbn="9780439023481"),
        make("Dune", "Frank Herbert", language="en"),
        make("L'Étranger", "Albert Camus", language="fr"),
    ]
