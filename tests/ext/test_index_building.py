"""Builds of many books at a time: the dictionary's codes, and every book once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.synthetic import books
from core.search.snapshot import Horizon
from ext.tantivy_search import builder
from ext.tantivy_search.dictionary import Dictionary
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

# Long words that differ in one letter anywhere, short ones, and any letter of two to four bytes.
WORDS = st.text("ab", min_size=1, max_size=40) | st.text("aéж𝔸", min_size=1, max_size=12)
ROWS = st.lists(st.lists(WORDS, max_size=8), max_size=6)


@given(st.lists(ROWS, max_size=4))
def test_terms_get_the_codes_that_a_plain_table_gives(batches: list[list[list[str]]]) -> None:
    dictionary, plain = Dictionary(), dict[str, int]()

    for rows in batches:
        lengths, codes = dictionary.codes(["  ".join(row) for row in rows])

        assert lengths.tolist() == [len(row) for row in rows]
        assert codes.tolist() == [
            plain.setdefault(word, len(plain)) for row in rows for word in row
        ]
    assert dictionary.terms() == list(plain)
    assert len(dictionary) == len(plain)


def test_dictionary_finds_its_terms_again_however_large_it_has_grown() -> None:
    words = [f"{number:x}" * (1 + number % 3) for number in range(200_000)]
    distinct = list(dict.fromkeys(words))
    dictionary = Dictionary()

    for first in range(0, len(words), 7_000):
        dictionary.codes([" ".join(words[first : first + 7_000])])

    _, codes = dictionary.codes(distinct)
    assert codes.tolist() == list(range(len(distinct)))
    assert dictionary.terms() == distinct


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[IndexWriter]:
    opened = IndexWriter(tmp_path / "index")
    yield opened
    opened.close()


def test_build_of_several_portions_holds_every_book_once(
    writer: IndexWriter, tmp_path: Path
) -> None:
    catalogue = list(books(2 * builder.PORTION + 500, seed=3, batch=builder.PORTION + 300))

    writer.rebuild(catalogue, Horizon(1, 1), "")

    snapshot = IndexReader(tmp_path / "index").current()
    ids = [book.id for batch in catalogue for book in batch]
    assert snapshot.living == len(ids)
    assert [snapshot.ordinal_of(each) for each in ids] == list(range(len(ids)))
    last = catalogue[-1][-1]
    assert last.isbn is not None
    assert snapshot.terms.postings(snapshot.terms.code(last.isbn)).tolist() == [len(ids) - 1]
    assert (np.diff(snapshot.columns.title_terms.row(len(ids) - 1)) > 0).all()


def test_abandoned_build_leaves_nothing(writer: IndexWriter, tmp_path: Path) -> None:
    writer.begin()
    for batch in books(builder.PORTION + 500, seed=3):
        writer.add(batch)

    writer.abandon()

    assert not list((tmp_path / "index").glob("*g0*"))
