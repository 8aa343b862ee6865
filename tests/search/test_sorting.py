"""Sorted lists equal the model sorted, after any writes, with and without words and filters."""

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
from core.search.browsing import LASTING
from core.search.popularity import popularity
from core.search.ranking import Weights
from core.search.service import Search
from core.search.snapshot import Horizon
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

POOL = [
    replace(
        book,
        description=f"common {book.description}",
        # Few distinct values: the order among equals is tested as well.
        price=Money(book.price.amount_minor // 1000 * 1000, "EUR"),
        average_rating=round(book.average_rating),
    )
    for batch in synthetic(150, seed=51)
    for book in batch
]
PLACES = st.lists(st.integers(0, len(POOL) - 1), min_size=1, max_size=12, unique=True)
WRITES = st.lists(
    st.one_of(
        st.tuples(st.just("change"), PLACES, st.integers(0, 9), st.integers(0, 900)),
        st.tuples(st.just("remove"), PLACES, st.just(0), st.just(0)),
        st.tuples(st.just("rebuild"), st.just([]), st.just(0), st.just(0)),
    ),
    max_size=5,
)


def liked(book: Book) -> float:
    return float(popularity([book.average_rating], [book.review_count], LASTING)[0])


def newest(book: Book) -> float:
    year = published_year(book.published)
    return float("inf") if year is None else -year


ORDERS: dict[str, Callable[[Book], Any]] = {
    "price": lambda book: book.price.amount_minor,
    "price_asc": lambda book: book.price.amount_minor,
    "price_desc": lambda book: -book.price.amount_minor,
    "rating": lambda book: (-book.average_rating, -liked(book)),
    "date": newest,
    "popular": lambda book: -liked(book),
}


class Shelf:
    """An index under writes, and the books that it should hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = IndexWriter(folder)
        self.model: dict[Any, Book] = {}

    def start(self) -> None:
        self.model = {book.id: book for book in POOL[:110]}
        self.write("rebuild", [], 0, 0)

    def write(self, kind: str, places: list[int], price: int, reviews: int) -> None:
        books = [POOL[place] for place in places]
        if kind == "rebuild":
            self._writer.rebuild([list(self.model.values())[::-1]], Horizon(1, 1), "")
        elif kind == "remove":
            for book in books:
                self.model.pop(book.id, None)
            self._writer.apply([], [book.id for book in books], None, None)
        else:
            changed = [
                replace(
                    book,
                    price=Money(1000 * price, "EUR"),
                    average_rating=float(reviews % 6 if reviews else 0),
                    review_count=reviews,
                    version=book.version + 1,
                )
                for book in books
            ]
            self.model |= {book.id: book for book in changed}
            self._writer.apply(changed, [], None, None)

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
@given(writes=WRITES, q=st.sampled_from(["", "common"]), most=st.sampled_from([None, 20]))
def test_a_sorted_list_is_the_model_sorted_then_by_id(
    shelf: Shelf, ask: Any, *, writes: list[Any], q: str, most: int | None
) -> None:
    shelf.start()
    for write in writes:
        shelf.write(*write)
    search = shelf.search()
    asked: dict[str, Any] = {} if most is None else {"price_max": most}

    for sort, value in ORDERS.items():
        found = ask(search, q=q, sort=sort, size=100, facets="", **asked)
        rest = ask(search, q=q, sort=sort, size=100, page=2, facets="", **asked)

        expected = sorted(
            (book for book in shelf.model.values()
             if most is None or book.price.amount_minor <= most * 100),
            key=lambda book: (value(book), book.id.int),
        )  # fmt: skip
        shown = [hit["id"] for hit in (*found["results"], *rest["results"])]
        assert shown == [str(book.id) for book in expected], sort
        assert found["count"] == len(expected)
