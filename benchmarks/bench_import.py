"""How much longer does an import take than writing its rows into one plain table?

Corpus: 10,000 seeded synthetic books (a tenth of BOOKWHEEL_BENCH_BOOKS) as a CSV file. An import
reads the file, checks and hashes every row, links authors, categories, publishers and series, and
writes books, links and outbox in one transaction. Left out: the index, which follows by itself.

    just bench import

Control: COPY of the same books, read beforehand, into one table without indexes or keys.
"""

import asyncio
import csv
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import BOOKS, SEED
from benchmarks.pairs import compare
from benchmarks.synthetic import books
from core.importing.books import ImportedBook
from core.stores.store import Store
from ext.embedded_postgres import EmbeddedPostgres
from ext.polars_import.catalogue_file import CatalogueFile, open_catalogue
from ext.postgres.loading import load_books
from ext.postgres.migrating import migrate
from ext.postgres.pool import open_pool
from ext.postgres.stores import load_stores

SAMPLE = max(1_000, BOOKS // 10)
PLAIN = ("external_id", "isbn", "title", "description", "pages", "price_minor", "authors")
TABLE = """
create table plain (external_id text, isbn text, title text, description text, pages int,
  price_minor int, authors text[])
"""
EMPTY = "truncate book, author, category, publisher, series, outbox cascade"


class Database:
    """A migrated database of its own, spoken to from plain functions."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self.run = self._runner.run
        self.run(migrate(url, slug="main", name="Benchmarks", currency="EUR"))
        self.pool: asyncpg.Pool = self.run(open_pool(url, size=2))
        self.store: Store = self.run(load_stores(self.pool)).resolve(slug="main")

    def execute(self, sql: str) -> None:
        self.run(self.pool.execute(sql))

    def close(self) -> None:
        self.run(self.pool.close())
        self._runner.close()


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-bench-"))
    folder.chmod(0o755)  # a root's PostgreSQL runs as nobody
    postgres = EmbeddedPostgres(folder / "pg", "bookwheel")
    try:
        opened = Database(postgres.start())
        opened.execute(TABLE)
        yield opened
        opened.close()
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> CatalogueFile:
    """The synthetic catalogue as a shop's export would write it."""
    path = tmp_path_factory.mktemp("catalogue") / "books.csv"
    names = "external_id isbn title description pages price published language authors categories"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(names.split())
        for batch in books(SAMPLE, SEED):
            table.writerows(
                (
                    str(book.id), book.isbn, book.title, book.description, book.pages,
                    f"{book.price.amount_minor / 100:.2f}", book.published, book.language,
                    "; ".join(author.name for author in book.authors),
                    "; ".join(category.name for category in book.categories),
                )
                for book in batch
            )  # fmt: skip
    return open_catalogue(path, kind="books")


@pytest.mark.parametrize("again", [False, True], ids=["first", "again"])
def test_import(
    benchmark: BenchmarkFixture, database: Database, catalogue: CatalogueFile, again: bool
) -> None:
    records = [
        tuple(getattr(book, name) for name in PLAIN)
        for book in catalogue.books("EUR")
        if isinstance(book, ImportedBook)
    ]

    def copy_alone(_: int) -> None:
        database.execute("truncate plain")
        database.run(database.pool.copy_records_to_table("plain", records=records, columns=PLAIN))
        if not again:
            database.execute(EMPTY)

    def load(_: int) -> tuple[int, int]:
        found = database.run(load_books(database.pool, database.store, catalogue.books("EUR")))
        return found.added, found.unchanged

    counted = compare(
        benchmark, load, {"COPY": copy_alone}, [0],
        label=f"import {SAMPLE:,} books" + ", all known" * again, passes=3,
    )  # fmt: skip

    assert len(records) == SAMPLE
    assert counted == ((0, SAMPLE) if again else (SAMPLE, 0))
