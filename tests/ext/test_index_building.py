"""Builds spread over processes: the same index, and an error where one of them ends."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic import books
from core.catalogue.book import Book
from core.search.snapshot import Horizon, IndexUnavailable
from ext.tantivy_search import bureau
from ext.tantivy_search.analysing import Codes
from ext.tantivy_search.bureau import Bureau
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.rows import Rows
from ext.tantivy_search.writer import IndexWriter

CATALOGUE = [book for batch in books(4_000, seed=12) for book in batch]


@pytest.fixture
def codes() -> dict[str, Codes]:
    names = ("category", "author", "publisher", "series", "language", "terms")
    return {name: Codes() for name in names}


def gathered(office: Bureau, catalogue: list[Book]) -> list[Rows]:
    return [rows for _, rows in (*office.add(catalogue), *office.rest())]


def named(codes: dict[str, Codes], column: str, rows: list[Rows]) -> list[list[str]]:
    """Each row's names in order."""
    names = list(codes[column])
    found = []
    for part in rows:
        lengths, values = part.ragged[column]
        each = np.split(values, np.cumsum(lengths)[:-1])
        found += [sorted(names[code] for code in row.tolist()) for row in each]
    return found


def column_of(name: str, rows: list[Rows]) -> list[int]:
    values: list[int] = np.concatenate([part.plain[name] for part in rows]).tolist()
    return values


def children() -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if "tantivy_search.analyst" in line]


def test_processes_give_the_rows_that_one_gives(codes: dict[str, Codes]) -> None:
    shared, alone = Bureau(codes, alone=500), {name: Codes() for name in codes}
    expected = gathered(Bureau(alone, alone=10_000), CATALOGUE)

    found = gathered(shared, CATALOGUE)
    shared.close()

    for column in ("terms", "category", "author"):
        assert named(codes, column, found) == named(alone, column, expected)
    for name in ("id_lo", "price_minor", "list_length"):
        columns = [
            np.concatenate([part.plain[name] for part in rows]) for rows in (found, expected)
        ]
        assert columns[0].tolist() == columns[1].tolist()
    assert b"".join(part.documents for part in found) == b"".join(p.documents for p in expected)
    titles = [(part.ragged["title_terms"]) for part in found]
    assert all((np.diff(np.split(v, np.cumsum(n))[0]) > 0).all() for n, v in titles)


def test_process_that_ends_fails_the_build_and_nothing_hangs(codes: dict[str, Codes]) -> None:
    office = Bureau(codes, alone=0)
    list(office.add(CATALOGUE[:1_000]))
    for analyst, _ in office._analysts:
        analyst._process.kill()

    with pytest.raises(IndexUnavailable, match="analyses books has ended"):
        gathered(office, CATALOGUE)

    office.close()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[IndexWriter]:
    opened = IndexWriter(tmp_path / "index")
    yield opened
    opened.close()


def test_large_build_holds_every_book_once_and_ends_its_processes(
    writer: IndexWriter, tmp_path: Path
) -> None:
    catalogue = list(books(bureau.ALONE + 4_500, seed=3))

    writer.rebuild(catalogue, Horizon(1, 1), "")

    snapshot = IndexReader(tmp_path / "index").current()
    ids = [book.id for batch in catalogue for book in batch]
    assert snapshot.living == len(ids)
    assert [snapshot.ordinal_of(each) for each in ids] == list(range(len(ids)))
    last = catalogue[-1][-1]
    assert last.isbn is not None
    assert snapshot.terms.postings(snapshot.terms.code(last.isbn)).tolist() == [len(ids) - 1]
    assert children() == []


def test_abandoned_large_build_ends_its_processes(writer: IndexWriter, tmp_path: Path) -> None:
    writer.begin()
    for batch in books(bureau.ALONE + 4_500, seed=3):
        writer.add(batch)

    writer.abandon()

    assert children() == []
    assert not list((tmp_path / "index").glob("*g0*"))
