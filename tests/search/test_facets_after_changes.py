"""Facets of many books stay exact with rare categories and with rows behind the built ones."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from benchmarks.synthetic import books as synthetic
from core.catalogue.book import Book, Named
from core.search.buckets import LEAST_SHARE
from core.search.ranking import Weights
from core.search.service import Search
from core.search.snapshot import Horizon
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

RARE = [Named(UUID(int=place), f"Rare {place}") for place in range(400)]
MANY = 3 * LEAST_SHARE


def catalogue() -> list[Book]:
    """Every book in a rare category of its own or in one of its neighbours', most in others."""
    made = [book for batch in synthetic(MANY, seed=31) for book in batch]
    return [
        replace(book, categories=(*book.categories, RARE[place % len(RARE)]))
        for place, book in enumerate(made)
    ]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[IndexWriter]:
    opened = IndexWriter(tmp_path / "index")
    yield opened
    opened.close()


@pytest.mark.parametrize("common", [40, 3])
@pytest.mark.parametrize("changed", [0, 30, 900])
def test_counts_of_many_books_are_exact(
    writer: IndexWriter, tmp_path: Path, ask: Any, common: int, changed: int
) -> None:
    names = sorted({each.name for book in catalogue() for each in book.categories[:-1]})[:common]
    kept = {*names, *(each.name for each in RARE)}
    model = {
        book.id: replace(
            book,
            categories=tuple(each for each in book.categories if each.name in kept),
        )
        for book in catalogue()
    }
    writer.rebuild([list(model.values())], Horizon(1, 1), "")
    moved = [
        replace(book, categories=(RARE[0],), average_rating=1.5, review_count=1, version=2)
        for book in list(model.values())[:changed]
    ]
    gone = list(model)[changed : changed + 20]
    writer.apply(moved, gone, None, None)
    model |= {book.id: book for book in moved}
    living = [book for book_id, book in model.items() if book_id not in gone]
    view = View(IndexReader(tmp_path / "index").current(), "EUR")
    search = Search(lambda: view, weights=Weights(), secret=b"test")

    for price in (None, 20):
        fields = {} if price is None else {"price_min": price}
        facets = ask(search, **fields)["facets"]
        left = [b for b in living if price is None or b.price.amount_minor >= price * 100]
        counts = Counter(each.name for book in left for each in book.categories)
        ratings = Counter(int(book.average_rating) for book in left)

        found = {each["name"]: each["count"] for each in facets["categories"]}
        assert sorted(found.values(), reverse=True) == [n for _, n in counts.most_common(20)]
        assert all(counts[name] == number for name, number in found.items())
        assert {each["rating"]: each["count"] for each in facets["ratings"]} == {
            stars: ratings[stars] for stars in range(6)
        }
