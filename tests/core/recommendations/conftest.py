"""A small shop: a real index of 120 books and a model trained on 300 readers."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest

from core.catalogue.book import Book, Named, SeriesPlace
from core.kernel.ids import shaped_id
from core.kernel.money import Money
from core.recommendations.content import BookText
from core.recommendations.events import Events, TextRows
from core.recommendations.history import History
from core.recommendations.model import Model, model_of
from core.recommendations.service import Recommendations
from core.recommendations.training import TrainingSettings, train
from core.search.request import Filters
from core.search.snapshot import Horizon
from core.search.view import View
from ext.polars_training.corpus import corpus_of
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

THEN = datetime(2026, 1, 1, tzinfo=UTC)
BOOKS = 120
UNREAD = 110
"""Nobody read this one; its author wrote 112 as well."""


def made_id(kind: str, number: int) -> UUID:
    return shaped_id(1_700_000_000_000, f"{kind:<2}{number:08d}".encode())


def made_book(number: int) -> Book:
    """Even books are fantasy, odd ones crime; 0, 2, 4, 6 are a series; 118 is 116 once more."""
    subject = ("Fantasy", "Crime")[number % 2]
    number_of_work = 116 if number == 118 else number
    author = f"Author {number_of_work // 4}"
    in_series = number in (0, 2, 4, 6)
    return Book(
        id=made_id("b", number),
        title=f"Saga part {number // 2 + 1}" if in_series else f"Tale of {number_of_work}",
        authors=(Named(made_id("a", number_of_work // 4), author),),
        categories=(
            Named(made_id("c", number % 2), subject),
            Named(made_id("c", 2 + number % 5), f"Shelf {number % 5}"),
        ),
        series=SeriesPlace(made_id("s", 0), "The Saga", number // 2 + 1) if in_series else None,
        price=Money(1000 + number, "EUR"),
        stock=number % 3,
        average_rating=3.0 + (number % 20) / 10,
        review_count=1 + number * 7 % 90,
        created_at=THEN,
        updated_at=THEN,
    )


CATALOGUE = [made_book(number) for number in range(BOOKS)]
NUMBERS = {str(book.id): number for number, book in enumerate(CATALOGUE)}
HALVES = np.array([(book.id.int >> 64, book.id.int & (1 << 64) - 1) for book in CATALOGUE], "u8")


def made_model(version: str) -> Model:
    """Trained on 300 readers, each of whom likes fantasy or crime and buys one book."""
    rng = np.random.default_rng(5)
    acts = []
    for reader in range(300):
        own = rng.choice(np.arange(reader % 2, BOOKS, 2), 12, replace=False)
        other = rng.choice(np.arange(1 - reader % 2, BOOKS, 2), 1)
        acts += [(reader, int(book), 0, 5, 1) for book in own if book != UNREAD]
        acts += [(reader, int(book), 0, 2, 1) for book in other if book != UNREAD]
        acts += [(reader, 8 if reader < 200 else 9, 1, 0, 2)]
    reader, book, kind, value, quantity = np.array(acts).T
    return trained_on(version, reader, book, kind=kind, value=value, quantity=quantity)


def trained_on(version: str, reader: Any, book: Any, **columns: Any) -> Model:
    events = Events(
        reader_hi=reader.astype(np.uint64),
        reader_lo=reader.astype(np.uint64) * np.uint64(7919),
        book_hi=HALVES[book, 0],
        book_lo=HALVES[book, 1],
        kind=columns["kind"].astype(np.int16),
        value=columns["value"].astype(np.float32),
        quantity=columns["quantity"].astype(np.int32),
        seconds=np.arange(len(reader), dtype=np.int64) * 60,
    )
    texts = [
        BookText(
            made.title,
            tuple(author.name for author in made.authors),
            tuple(category.name for category in made.categories),
            made.series.name if made.series else None,
        )
        for made in CATALOGUE
    ]
    corpus = corpus_of(events, TextRows(HALVES[:, 0].copy(), HALVES[:, 1].copy(), texts))
    trained = train(corpus, TrainingSettings(predictors=40), lambda stage, share: None)
    return model_of(version, trained.parameters, trained.arrays)


class Shop:
    """An index of its own, a model or none, and what a reader is shown of them.

    Books by number: even ones are fantasy, odd ones crime; 0, 2, 4, 6 are a series; 118 is 116
    once more; nobody read 110.
    """

    books = CATALOGUE

    def __init__(
        self, folder: Path, model: Model | None, indexed: Sequence[Book] = CATALOGUE
    ) -> None:
        self.model = model
        self.writer = IndexWriter(folder / "index")
        self.writer.rebuild([list(indexed)], Horizon(1, 1), "start")
        self._reader = IndexReader(folder / "index")
        self.view = View(self._reader.current(), "EUR")
        self.recommendations = Recommendations(lambda: self.model, lambda: self.view)

    def refresh(self) -> None:
        assert self._reader.refresh()
        self.view = View(self._reader.current(), "EUR")

    def for_reader(self, history: History, **asked: Any) -> list[dict[str, Any]]:
        size = asked.pop("size", 20)
        return self.results(self.recommendations.for_reader(history, Filters(**asked), size=size))

    def trained(self, version: str) -> Model:
        return made_model(version)

    def book_id(self, number: int) -> UUID:
        return made_id("b", number)

    def number(self, book_id: str) -> int:
        return NUMBERS[book_id]

    def results(self, body: bytes) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = msgspec.json.decode(body)["results"]
        return found

    def numbers(self, found: list[dict[str, Any]]) -> list[int]:
        return [NUMBERS[hit["id"]] for hit in found]

    def history(self, ratings: dict[int, int], older: tuple[int, ...] = ()) -> History:
        """Ratings by the book's number, newest first."""
        stars = np.array(list(ratings.values()), np.float32)
        return History(
            HALVES[list(ratings)], (stars / 5).astype(np.float32), stars >= 4, HALVES[list(older)]
        )


@pytest.fixture(scope="session")
def model() -> Model:
    return made_model("m1")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Iterator[Shop]:
    """Nobody changes this one."""
    opened = Shop(tmp_path_factory.mktemp("shop"), model)
    yield opened
    opened.writer.close()


@pytest.fixture
def own_shop(tmp_path: Path, model: Model) -> Iterator[Shop]:
    opened = Shop(tmp_path, model)
    yield opened
    opened.writer.close()


@pytest.fixture
def empty_shop(tmp_path: Path, model: Model) -> Iterator[Shop]:
    """Its books left the index; the model that they taught serves on."""
    opened = Shop(tmp_path, model, indexed=())
    yield opened
    opened.writer.close()
