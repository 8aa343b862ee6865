"""Cursors: every book once, whatever is written or rebuilt between two pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.synthetic import books as synthetic
from core.catalogue.book import Book
from core.kernel.money import Money
from core.search.paging import LONGEST
from core.search.ranking import Weights
from core.search.request import SearchRequest, parse
from core.search.service import Search
from core.search.snapshot import Horizon
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

SORTS = ("relevance", "price", "price_desc", "rating", "date", "popular")
CATALOGUE = [
    replace(
        book,
        description=f"common {book.description}",
        # Few distinct values: what is tested is the order of the books that share one.
        price=Money(book.price.amount_minor // 2000 * 2000, "EUR"),
        review_count=book.review_count % 3,
    )
    for batch in synthetic(160, seed=21)
    for book in batch
]


class Shop:
    """An index that is written while somebody pages through it, and what it should hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer = IndexWriter(folder)
        self.model: dict[Any, Book] = {}
        self.touched: set[str] = set()

    def start(self) -> None:
        self.model = {book.id: book for book in CATALOGUE[:120]}
        self.touched = set()
        self.writer.rebuild([list(self.model.values())], Horizon(1, 1), "")
        self.reader = IndexReader(self.folder)
        self._view = View(self.reader.current(), "EUR")
        self.search = self.worker()

    def worker(self) -> Search:
        return Search(self.view, weights=Weights(), secret=b"test")

    def view(self) -> View:
        self.reader.refresh(wait=True)
        if self.reader.current() is not self._view.snapshot:
            self._view = View(self.reader.current(), "EUR")
        return self._view

    def write(self, places: list[int], price: int) -> None:
        """Change some books, and add them where they were not."""
        changed = [
            replace(CATALOGUE[place], price=Money(price, "EUR"), version=2 + len(self.touched))
            for place in places
        ]
        self.model |= {book.id: book for book in changed}
        self._apply(changed, [])

    def remove(self, places: list[int]) -> None:
        for place in places:
            self.model.pop(CATALOGUE[place].id, None)
        self._apply([], [CATALOGUE[place] for place in places])

    def rebuild(self) -> None:
        listed = list(self.model.values())
        self.writer.rebuild([listed[::-1]], Horizon(1, 1), "")

    def _apply(self, changed: list[Book], removed: list[Book]) -> None:
        self.touched |= {str(book.id) for book in (*changed, *removed)}
        self.writer.apply(changed, [book.id for book in removed], None, None)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(tmp_path / "index")
    yield opened
    opened.writer.close()


PLACES = st.lists(st.integers(0, len(CATALOGUE) - 1), min_size=1, max_size=6, unique=True)
STEPS = st.one_of(
    st.tuples(st.just("write"), PLACES, st.integers(0, 8).map(lambda price: price * 1000)),
    st.tuples(st.just("remove"), PLACES),
    st.tuples(st.just("rebuild")),
    st.tuples(st.just("nothing")),
)


def paged(ask: Any, shop: Shop, steps: list[Any], **asked: Any) -> list[str]:
    """Ids of every page in turn, with one step between each two."""
    shown: list[str] = []
    left = list(steps)
    answer = ask(shop.search, facets="", **asked)
    while True:
        shown += [hit["id"] for hit in answer["results"]]
        if answer["next_cursor"] is None:
            return shown
        if left:
            name, *arguments = left.pop(0)
            if name != "nothing":
                getattr(shop, name)(*arguments)
        answer = ask(shop.search, facets="", cursor=answer["next_cursor"], **asked)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sort=st.sampled_from(SORTS),
    q=st.sampled_from(["", "common"]),
    cheap=st.booleans(),
    size=st.integers(3, 30),
    steps=st.lists(STEPS, max_size=6),
)
def test_unchanged_books_are_shown_once_whatever_happens_between_pages(
    shop: Shop, ask: Any, *, sort: str, q: str, cheap: bool, size: int, steps: list[Any]
) -> None:
    shop.start()
    narrowed = {"price_max": 40} if cheap else {}
    before = {str(book.id): book for book in shop.model.values()}

    shown = paged(ask, shop, steps, q=q, sort=sort, size=size, **narrowed)

    expected = {
        name for name, book in before.items()
        if name not in shop.touched and (not cheap or book.price.amount_minor <= 4000)
    }  # fmt: skip
    unchanged = [name for name in shown if name not in shop.touched]
    assert len(unchanged) == len(set(unchanged))
    assert set(unchanged) == expected


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("q", ["", "common"])
def test_pages_by_cursor_and_by_number_are_the_same_list(
    shop: Shop, ask: Any, sort: str, q: str
) -> None:
    shop.start()

    by_cursor = paged(ask, shop, [], q=q, sort=sort, size=7)
    by_number = [
        hit["id"]
        for page in range(1, 20)
        for hit in ask(shop.search, q=q, sort=sort, size=7, page=page, facets="")["results"]
    ]

    assert by_cursor == by_number
    assert len(by_cursor) == 120


def test_another_worker_goes_on_where_the_first_one_ended(shop: Shop, ask: Any) -> None:
    shop.start()
    asked: dict[str, Any] = {"q": "common", "size": 15, "facets": ""}
    other = shop.worker()

    first = ask(shop.search, **asked)
    second = ask(other, cursor=first["next_cursor"], **asked)
    third = ask(shop.search, cursor=second["next_cursor"], **asked)

    shown = [hit["id"] for page in (first, second, third) for hit in page["results"]]
    straight = [
        hit["id"] for page in (1, 2, 3) for hit in ask(other, **asked, page=page)["results"]
    ]
    assert shown == straight


def test_a_list_by_relevance_goes_on_past_the_places_that_are_ranked(shop: Shop, ask: Any) -> None:
    shop.start()
    many = [
        replace(book, description="common")
        for batch in synthetic(LONGEST + 400, seed=22)
        for book in batch
    ]
    shop.writer.rebuild([many], Horizon(1, 1), "")
    changes = [("nothing",)] * 50 + [("write", [130], 2000), ("write", [5], 3000)]

    shown = paged(ask, shop, changes, q="common", size=100)

    assert len(shown) == len(set(shown))
    assert {str(book.id) for book in many} <= set(shown)


def test_cursor_of_the_last_page_is_null_even_where_it_is_full(shop: Shop, ask: Any) -> None:
    shop.start()

    sizes = [len(paged(ask, shop, [], q=q, size=60)) for q in ("", "common")]
    answer = ask(shop.search, size=60, page=2)

    assert sizes == [120, 120]
    assert answer["next_cursor"] is None


def test_deep_page_of_a_parsed_request_is_the_model_sorted(shop: Shop) -> None:
    shop.start()
    ordered = sorted(shop.model.values(), key=lambda book: (book.price.amount_minor, book.id.int))

    request = parse([("sort", "price"), ("page", "5"), ("size", "20")], SearchRequest)
    answer = shop.search.search(request)

    assert all(str(book.id).encode() in answer.body for book in ordered[80:100])
    assert answer.count == 120
