"""A real index of a few books, and how to ask it."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.catalogue.book import Book, Named, SeriesPlace
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.search.ranking import Taste, Weights
from core.search.request import SearchRequest, parse
from core.search.service import Search
from core.search.snapshot import Horizon
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
Make = Callable[..., Book]
Index = Callable[[Sequence[Book]], Search]


@pytest.fixture
def make() -> Make:
    """make("Dune", "Frank Herbert", categories=…) gives a book; equal names share an id."""
    named: dict[tuple[str, str], Named] = {}

    def name(kind: str, text: str) -> Named:
        return named.setdefault((kind, text), Named(new_id(), text))

    def book(
        title: str,
        *authors: str,
        categories: tuple[str, ...] = (),
        series: str = "",
        position: float | None = None,
        price: int = 1000,
        rating: float = 0.0,
        reviews: int = 0,
        stock: int = 5,
        **rest: Any,
    ) -> Book:
        place = name("series", series)
        return Book(
            id=new_id(),
            title=title,
            authors=tuple(name("author", author) for author in authors),
            categories=tuple(name("category", category) for category in categories),
            series=SeriesPlace(place.id, series, position) if series else None,
            price=Money(price, "EUR"),
            average_rating=rating,
            review_count=reviews,
            stock=stock,
            created_at=MOMENT,
            updated_at=MOMENT,
            **rest,
        )

    return book


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """index(books) builds a real index of them and gives its Search."""
    writer = IndexWriter(tmp_path / "index")

    def build(books: Sequence[Book]) -> Search:
        writer.rebuild([list(books)], Horizon(100, 100), "")
        view = View(IndexReader(tmp_path / "index").current(), "EUR")
        return Search(lambda: view, weights=Weights(), secret=b"test")

    yield build
    writer.close()


@pytest.fixture
def ask() -> Callable[..., dict[str, Any]]:
    """ask(search, q=…, category=[…]) gives the decoded answer."""

    def asked(search: Search, taste: Taste | None = None, **fields: Any) -> dict[str, Any]:
        pairs = [
            (name, str(value))
            for name, given in fields.items()
            for value in (given if isinstance(given, list) else [given])
        ]
        answer: dict[str, Any] = json.loads(search.search(parse(pairs, SearchRequest), taste).body)
        return answer

    return asked
