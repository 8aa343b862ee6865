"""The books that peers hold, their words as this project reads them, and what to find among them.

Peers are given the very terms that this project's analysis makes, so that an answer of another
number of books is another meaning and not another tokenizer.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from core.catalogue.book import Book
from core.search.analysis import terms_of

SIZE = 20
FACETS = ("category", "language", "availability")


class Entry(Struct, frozen=True):
    """title, rest: terms between spaces. shown: what an answer holds of the book."""

    id: str
    title: str
    rest: str
    category: tuple[str, ...]
    language: str
    availability: str
    shown: dict[str, Any]

    def facet(self, name: str) -> tuple[str, ...]:
        value: tuple[str, ...] | str = getattr(self, name)
        return (value,) if isinstance(value, str) else value


class Found(Struct):
    """A page: how many books match, and the best. facets: counts by value of each of FACETS."""

    count: int
    results: list[dict[str, Any]]
    facets: dict[str, dict[str, int]] = {}

    def body(self) -> bytes:
        """As a service that is built in the usual way encodes it."""
        return json.dumps(
            {"count": self.count, "results": self.results, "facets": self.facets}
        ).encode()


def entry_of(book: Book) -> Entry:
    authors = [author.name for author in book.authors]
    categories = tuple(category.name for category in book.categories)
    series = book.series.name if book.series else ""
    rest = " ".join((*authors, *categories, series, book.description or ""))
    shown = {
        "id": str(book.id), "title": book.title, "authors": authors, "categories": categories,
        "price": book.price.amount_minor, "rating": book.average_rating, "stock": book.stock,
    }  # fmt: skip
    return Entry(
        str(book.id), " ".join(terms_of(book.title)), " ".join(terms_of(rest)), categories,
        book.language or "", "in_stock" if book.stock else "out_of_stock", shown,
    )  # fmt: skip


class Truth:
    """Plain loops over all books: what every peer's answer must agree with."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self._holding: dict[str, set[str]] = {}
        for entry in entries:
            for term in {*entry.title.split(), *entry.rest.split()}:
                self._holding.setdefault(term, set()).add(entry.id)

    def holding(self, q: str) -> set[str]:
        """Books that hold every word."""
        return set.intersection(*(self._holding.get(term, set()) for term in q.split()))

    def facets(self, ids: set[str]) -> dict[str, dict[str, int]]:
        return {name: dict(Counter(self._values(ids, name))) for name in FACETS}

    def words(self) -> Iterator[tuple[str, int]]:
        """Every word, and how many books hold it."""
        return ((word, len(ids)) for word, ids in self._holding.items())

    def _values(self, ids: set[str], name: str) -> Iterator[str]:
        return (value for each in ids for value in self.entries[each].facet(name) if value)
