"""What do search and recommendations cost on a catalogue of real books and real readers?

Corpus: goodbooks-10k beside the project (10,000 books, 979,478 ratings) with a model trained on it
(kept between sessions; training takes half a minute), and how another shop writes 982 of its
titles (known-item-books). Skipped where they are not. Left out: HTTP; whether the answers are good
(the tests and bench_recommendations.py tell).

    just bench goodbooks

Control: as in bench_search.py the very queries asked of Tantivy; for recommendations the bare
gather of the same histories' neighbours by np.bincount.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import CURRENCY, cache_folder, kept_index, open_index, search_over, view_of
from benchmarks.engine_calls import asking, search_call
from benchmarks.pairs import compare
from benchmarks.questions import two_words
from benchmarks.synthetic import EPOCH, text_of
from core.catalogue.book import Book, Named, SeriesPlace
from core.importing.books import ImportedBook
from core.kernel.ids import shaped_id
from core.kernel.money import Money
from core.recommendations.fold_in import Lists
from core.recommendations.history import History
from core.recommendations.interactions import BEST_RATING, STRENGTH_UNITS, Interactions
from core.recommendations.manifest import describe
from core.recommendations.model import BrokenModel, Model
from core.recommendations.service import Recommendations
from core.recommendations.training import Corpus, TrainingSettings, train
from core.search.request import SearchRequest, parse
from core.search.service import Search
from ext.model_files import ModelReader, publish
from ext.polars_import.catalogue_file import open_catalogue
from ext.tantivy_search.published import PublishedSnapshot

Pairs = tuple[tuple[str, str], ...]
LIKED = 4
READERS = 256


class Goodbooks(Struct, frozen=True, eq=False):
    """books: by the number that the ratings call them."""

    snapshot: PublishedSnapshot
    books: dict[int, Book]
    ratings: pl.DataFrame


def named(kind: str, name: str) -> Named:
    digest = hashlib.blake2b(f"{kind}:{name}".encode(), digest_size=10).digest()
    return Named(shaped_id(0, digest), name)


def book_of(row: ImportedBook) -> Book:
    """The book as the store would show it after the import."""
    series = named("series", row.series) if row.series else None
    return Book(
        id=named("book", row.external_id or "").id, isbn=row.isbn, title=row.title,
        subtitle=row.subtitle, authors=tuple(named("author", name) for name in row.authors),
        published=row.published, language=row.language, price=Money(row.price_minor, CURRENCY),
        stock=row.stock, categories=tuple(named("category", name) for name in row.categories),
        series=SeriesPlace(series.id, series.name, row.series_position) if series else None,
        average_rating=row.rating_average, review_count=row.rating_count,
        cover_url=row.cover_url, description=row.description, pages=row.pages,
        created_at=EPOCH, updated_at=EPOCH,
    )  # fmt: skip


@pytest.fixture(scope="module")
def goodbooks(shared_data: Path) -> Goodbooks:
    folder = shared_data / "goodbooks"
    rows = open_catalogue(folder / "books.csv.gz", "goodbooks").books(CURRENCY)
    read = [row for row in rows if isinstance(row, ImportedBook)]
    books = {int((row.external_id or "").rpartition(":")[2]): book_of(row) for row in read}
    index = kept_index("goodbooks", lambda: [list(books.values())])
    return Goodbooks(open_index(index), books, pl.read_csv(folder / "ratings.csv.gz"))


@pytest.fixture(scope="module")
def model(goodbooks: Goodbooks) -> Model:
    """Trained once; whoever deletes the folder of the built indexes has it trained anew."""
    folder = cache_folder() / "goodbooks-model"
    reader = ModelReader(folder)
    reader.refresh()
    if (found := reader.current()) is not None:
        return found
    corpus = corpus_of(goodbooks)
    trained = train(corpus, TrainingSettings(), lambda stage, share: None)
    manifest = describe(trained, corpus, store="goodbooks", seed=20, seconds=0.0)
    publish(folder, trained.arrays, manifest)
    reader.refresh()
    if (found := reader.current()) is None:
        raise BrokenModel(f"{folder} holds no model that can be read")
    return found


def corpus_of(goodbooks: Goodbooks) -> Corpus:
    """What training reads from the database, from the files instead."""
    numbers = sorted(goodbooks.books, key=lambda number: _halves(goodbooks.books[number])[::-1])
    halves = np.array([_halves(goodbooks.books[number]) for number in numbers], np.uint64)
    place = np.zeros(max(numbers) + 1, np.int32)
    place[numbers] = np.arange(len(numbers), dtype=np.int32)
    rated = goodbooks.ratings.filter(pl.col("book_id").is_in(numbers))
    keys, reader = np.unique(rated["user_id"].to_numpy(), return_inverse=True)
    stars = rated["rating"].to_numpy()
    return Corpus(
        hi=halves[:, 0],
        lo=halves[:, 1],
        texts=[text_of(goodbooks.books[number]) for number in numbers],
        units=np.zeros(len(numbers), np.int64),
        interactions=Interactions(
            reader.astype(np.int32),
            place[rated["book_id"].to_numpy()],
            (stars * (STRENGTH_UNITS // BEST_RATING)).astype(np.int32),
            np.zeros(len(stars), np.int64),
        ),
        reader_keys=keys.astype(np.uint64),
    )


def _halves(book: Book) -> tuple[int, int]:
    return book.id.int >> 64, book.id.int & ((1 << 64) - 1)


def answer(search: Search, pairs: Pairs) -> bytes:
    return search.search(parse(pairs, SearchRequest)).body


def pasted_titles(shared_data: Path) -> list[str]:
    path = shared_data / "known-item-books" / "books7k_to_goodbooks.csv"
    with path.open(encoding="utf-8", newline="") as file:
        titles = dict.fromkeys(row["query_title"] for row in csv.DictReader(file))
    return list(titles)[:READERS]


@pytest.mark.parametrize("kind", ["two words", "a pasted title"])
@pytest.mark.parametrize("facets", ["no", "three"])
def test_goodbooks_search(
    benchmark: BenchmarkFixture, goodbooks: Goodbooks, shared_data: Path, kind: str, facets: str
) -> None:
    snapshot = goodbooks.snapshot
    typed = [asked.q for asked in two_words(snapshot)]
    asked = typed if kind == "two words" else pasted_titles(shared_data)
    fixed: Pairs = (("facets", ""),) if facets == "no" else ()
    questions = [(("q", q), *fixed) for q in asked]
    search = search_over(view_of(snapshot))
    calls = {
        question: search_call(snapshot, search, parse(question, SearchRequest))
        for question in questions
    }

    body = compare(
        benchmark,
        partial(answer, search),
        {"Tantivy": asking(snapshot, calls)},
        questions,
        label=f"goodbooks: {kind}, {facets} facets",
    )

    assert msgspec.json.decode(body)["count"] > 0


def test_goodbooks_recommended(
    benchmark: BenchmarkFixture, goodbooks: Goodbooks, model: Model
) -> None:
    view = view_of(goodbooks.snapshot)
    service = Recommendations(lambda: model, lambda: view)
    histories = list(histories_of(goodbooks))

    body = compare(
        benchmark,
        service.for_reader,
        {"bare gather": bare_gather(model)},
        histories,
        label="goodbooks: recommended, 20 for a reader of 50",
    )

    assert len(msgspec.json.decode(body)["results"]) == 20


def histories_of(goodbooks: Goodbooks) -> Iterator[History]:
    """The first fifty ratings of drawn readers."""
    readers = np.random.default_rng(12).permutation(goodbooks.ratings["user_id"].unique().sort())
    chosen = goodbooks.ratings.filter(pl.col("user_id").is_in(readers[:READERS].tolist()))
    for _, rated in chosen.group_by("user_id", maintain_order=True):
        numbers, stars = rated["book_id"][:50].to_list(), rated["rating"][:50].to_numpy()
        ids = np.array([_halves(goodbooks.books[number]) for number in numbers], np.uint64)
        yield History(ids, (stars / BEST_RATING).astype(np.float32), stars >= LIKED)


def bare_gather(model: Model) -> Callable[[History], object]:
    """Adds up the neighbours of a history: no filter, no reason, no JSON."""
    lists = Lists(model.neighbours)

    def gather(history: History) -> object:
        known = model.ordinals_of(history.books[:, 0], history.books[:, 1])
        return lists.scores(known, history.strengths)

    return gather
