"""How much longer does the whole index take to build, or to follow a change, than its text alone?

Corpus: 20,000 seeded synthetic books (a fifth of BOOKWHEEL_BENCH_BOOKS), made beforehand. A build
writes text, columns, posting lists, documents, names, checksums and syncs them to disk. Left out:
PostgreSQL and the change feed.

    just bench index

Control: Tantivy adding the same analysed texts in one thread and committing them, nothing else.
"""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import tantivy
from msgspec.structs import replace
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import BOOKS, SEED, build
from benchmarks.pairs import compare
from benchmarks.synthetic import books
from core.catalogue.book import Book
from core.search.entries import entries_of
from core.search.snapshot import Horizon
from ext.tantivy_search.schema import KEY, build_schema, documents
from ext.tantivy_search.text_writer import HEAP_BYTES
from ext.tantivy_search.writer import IndexWriter

PASSES = 15
SAMPLE = max(1_000, BOOKS // 5)


@pytest.fixture(scope="module")
def catalogue() -> list[list[Book]]:
    return list(books(SAMPLE, SEED))


def test_build(benchmark: BenchmarkFixture, catalogue: list[list[Book]], tmp_path: Path) -> None:
    whole_catalogue = [book for batch in catalogue for book in batch]
    prepared = list(documents(0, entries_of(whole_catalogue)))
    number = count()

    def whole(_: int) -> None:
        folder = tmp_path / f"whole-{next(number)}"
        build(folder, catalogue)
        shutil.rmtree(folder)

    def text_alone(_: int) -> None:
        folder = tmp_path / f"text-{next(number)}"
        folder.mkdir()
        writer = tantivy.Index(build_schema(), path=str(folder)).writer(HEAP_BYTES, 1)
        for each in prepared:
            writer.add_document(each)
        writer.commit()
        writer.wait_merging_threads()
        shutil.rmtree(folder)

    compare(
        benchmark, whole, {"Tantivy": text_alone}, [0],
        label=f"build an index of {SAMPLE:,} books", passes=3,
    )  # fmt: skip


@pytest.fixture(scope="module")
def writer(
    catalogue: list[list[Book]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IndexWriter]:
    writer = IndexWriter(tmp_path_factory.mktemp("followed"))
    writer.rebuild(catalogue, Horizon(1, 1), "")
    yield writer
    writer.close()


@pytest.mark.parametrize("size", [1, 100])
def test_follow(
    benchmark: BenchmarkFixture,
    catalogue: list[list[Book]],
    writer: IndexWriter,
    tmp_path: Path,
    size: int,
) -> None:
    # Ever new titles: a book that is in the index as it is changes nothing.
    turns = count()
    versions = [
        [replace(book, title=f"{book.title} {turn}") for book in catalogue[0][:size]]
        for turn in range(PASSES + 2)
    ]
    index = tantivy.Index(build_schema(), path=str(tmp_path))
    text = index.writer(64_000_000, 1)
    prepared = list(documents(0, entries_of(versions[0])))

    def follow(_: int) -> None:
        writer.apply(versions[next(turns)], [], None, None)

    def text_alone(_: int) -> None:
        for key, each in enumerate(prepared):
            text.delete_documents_by_term(KEY, key)
            text.add_document(each)
        text.commit()

    compare(
        benchmark, follow, {"Tantivy": text_alone}, [0],
        label=f"make {size:,} changed book{'s' * (size > 1)} searchable", passes=PASSES,
    )  # fmt: skip
