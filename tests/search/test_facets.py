"""Facets equal what counting by hand gives, under any filters."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.synthetic import books as synthetic
from core.catalogue.book import Book, published_year
from core.kernel.money import Money
from core.search.ranking import Weights
from core.search.service import Search
from core.search.snapshot import Horizon
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

CATALOGUE = [book for batch in synthetic(1500, seed=5) for book in batch]
POOL = [book for batch in synthetic(400, seed=6) for book in batch]
SOME = (*CATALOGUE[:40], *POOL[:40])
"""Books whose names filters ask for, beside names that no book has."""
NAMES = {
    "author": sorted({author.name for book in SOME for author in book.authors} | {"Nobody"}),
    "publisher": sorted({book.publisher.name for book in SOME if book.publisher} | {"None"}),
    "series": sorted({book.series.name for book in SOME if book.series} | {"The None"}),
}
FACETS = "category,price,rating,author,language,year,series,availability"


@pytest.fixture(scope="module")
def catalogue() -> list[Book]:
    return CATALOGUE


def passes(book: Book, asked: dict[str, Any], skip: str = "") -> bool:
    year = published_year(book.published)
    names = {category.name for category in book.categories}
    tests: dict[str, Callable[[], bool]] = {
        "category": lambda: bool(names & set(asked["category"])),
        "author": lambda: not {a.name for a in book.authors}.isdisjoint(asked["author"]),
        "publisher": lambda: bool(book.publisher and book.publisher.name in asked["publisher"]),
        "series": lambda: bool(book.series and book.series.name in asked["series"]),
        "language": lambda: book.language in asked["language"],
        "price": lambda: (
            asked["price"][0] * 100 <= book.price.amount_minor
            and book.price.amount_minor <= asked["price"][1] * 100
        ),
        "rating": lambda: round(book.average_rating * 100) >= asked["rating"] * 100,
        "year": lambda: year is not None and year >= asked["year"],
        "availability": lambda: (book.stock > 0) == asked["availability"],
    }
    return all(test() for name, test in tests.items() if name in asked and name != skip)


def by_hand(books: list[Book], asked: dict[str, Any]) -> dict[str, Any]:
    def left(facet: str) -> list[Book]:
        return [book for book in books if passes(book, asked, facet)]

    prices = Counter(
        sum(book.price.amount_minor >= bound * 100 for bound in (10, 25, 50))
        for book in left("price")
    )
    return {
        "categories": Counter(c.name for book in left("category") for c in book.categories),
        "price_ranges": [prices[place] for place in range(4)],
        "ratings": Counter(int(book.average_rating) for book in left("rating")),
        "authors": Counter(a.name for book in left("author") for a in book.authors),
        "languages": Counter(book.language for book in left("language") if book.language),
        "years": Counter(
            year // 10 * 10
            for book in left("year")
            if (year := published_year(book.published)) is not None
        ),
        "series": Counter(book.series.name for book in left("series") if book.series),
        "availability": Counter(book.stock > 0 for book in left("availability")),
    }


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    low = draw(st.integers(0, 40))
    every = {
        "category": st.lists(st.sampled_from(["Fiction", "Poetry", "Law", "None"]), min_size=1),
        "author": st.lists(st.sampled_from(NAMES["author"]), min_size=1, max_size=3),
        "publisher": st.lists(st.sampled_from(NAMES["publisher"]), min_size=1, max_size=3),
        "series": st.lists(st.sampled_from(NAMES["series"]), min_size=1, max_size=3),
        "language": st.lists(st.sampled_from(["en", "de", "xx"]), min_size=1, unique=True),
        "price": st.just((low, low + draw(st.integers(0, 60)))),
        "rating": st.sampled_from([0, 3, 4, 5]),
        "year": st.integers(1900, 2030),
        "availability": st.booleans(),
    }
    wanted = draw(st.sets(st.sampled_from(sorted(every))))
    return {name: draw(every[name]) for name in sorted(wanted)}


PARAMETERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "category": lambda names: {"category": names},
    "author": lambda names: {"author": names},
    "publisher": lambda names: {"publisher": names},
    "series": lambda names: {"series": names},
    "language": lambda names: {"language": names},
    "price": lambda ends: {"price_min": ends[0], "price_max": ends[1]},
    "rating": lambda stars: {"rating_min": stars},
    "year": lambda year: {"year_min": year},
    "availability": lambda there: {"in_stock": str(there).lower()},
}


def test_facets_equal_a_count_by_hand(catalogue: list[Book], index: Any, ask: Any) -> None:
    search = index(catalogue)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(filters(), st.booleans())
    def law(asked: dict[str, Any], with_text: bool) -> None:
        books, word = catalogue, ""
        if with_text:
            word = catalogue[7].title.split()[0]
            hits = ask(search, q=word, fuzzy="off", facets="", size=100)
            assert hits["count"] <= 100, "choose a rarer word"
            found = {hit["id"] for hit in hits["results"]}
            books = [book for book in catalogue if str(book.id) in found]
        fields: dict[str, Any] = {}
        for name, value in asked.items():
            fields |= PARAMETERS[name](value)

        assert_counted(ask(search, q=word, fuzzy="off", facets=FACETS, **fields), books, asked)

    law()


def assert_counted(answer: dict[str, Any], books: list[Book], asked: dict[str, Any]) -> None:
    """The answer's count and every facet are those of the books, counted by hand."""
    expected, facets = by_hand(books, asked), answer["facets"]
    assert answer["count"] == sum(passes(book, asked) for book in books)
    for facet in ("categories", "authors", "languages", "series"):
        counted = {each["name"]: each["count"] for each in facets[facet]}
        assert all(expected[facet][name] == count for name, count in counted.items())
        top = [count for _, count in expected[facet].most_common(20)]
        assert sorted(counted.values(), reverse=True) == top
    assert [each["count"] for each in facets["price_ranges"]] == expected["price_ranges"]
    for each in facets["ratings"]:
        assert each["count"] == expected["ratings"][each["rating"]]
    for each in facets["years"]:
        assert each["count"] == expected["years"][each["from"]]
    for each in facets["availability"]:
        assert each["count"] == expected["availability"][each["in_stock"]]


PLACES = st.lists(st.integers(0, len(POOL) - 1), min_size=1, max_size=40, unique=True)
WRITES: st.SearchStrategy[tuple[str, list[int], int, int]] = st.one_of(
    st.tuples(st.just("change"), PLACES, st.integers(0, 3), st.integers(0, 60)),
    st.tuples(st.just("remove"), PLACES, st.just(0), st.just(0)),
    st.tuples(st.just("rebuild"), st.just([]), st.just(0), st.just(0)),
)


class Shelf:
    """An index under writes, and the books that it should hold."""

    def __init__(self, folder: Path) -> None:
        self._writer = IndexWriter(folder)
        self._folder = folder
        self.model: dict[Any, Book] = {}

    def start(self) -> None:
        self.model = {book.id: book for book in POOL[:300]}
        self._rebuild()

    def write(self, kind: str, places: list[int], stock: int, price: int) -> None:
        books = [POOL[place] for place in places]
        if kind == "rebuild":
            self._rebuild()
        elif kind == "remove":
            for book in books:
                self.model.pop(book.id, None)
            self._writer.apply([], [book.id for book in books], None, None)
        else:
            # Each takes what another book tells of itself, and a stock and a price of its own.
            changed = [
                replace(
                    POOL[(place + 1) % len(POOL)],
                    id=book.id,
                    isbn=book.isbn,
                    stock=stock,
                    price=Money(100 * price, "EUR"),
                    version=book.version + 1 + len(places),
                )
                for place, book in zip(places, books, strict=True)
            ]
            self.model |= {book.id: book for book in changed}
            self._writer.apply(changed, [], None, None)

    def _rebuild(self) -> None:
        self._writer.rebuild([list(self.model.values())], Horizon(1, 1), "")

    def search(self) -> Search:
        view = View(IndexReader(self._folder).current(), "EUR")
        return Search(lambda: view, weights=Weights(), secret=b"test")

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    opened = Shelf(tmp_path / "shelf")
    yield opened
    opened.close()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(writes=st.lists(WRITES, max_size=5), questions=st.lists(filters(), min_size=1, max_size=4))
def test_facets_equal_a_count_by_hand_after_any_writes(
    shelf: Shelf, ask: Any, *, writes: list[Any], questions: list[dict[str, Any]]
) -> None:
    shelf.start()
    for write in writes:
        shelf.write(*write)
    search, books = shelf.search(), list(shelf.model.values())

    for asked in questions:
        fields: dict[str, Any] = {}
        for name, value in asked.items():
            fields |= PARAMETERS[name](value)
        assert_counted(ask(search, facets=FACETS, **fields), books, asked)
