"""What tests of adapters share: an index compared with a plain dictionary of books."""

from collections.abc import Callable, Mapping
from uuid import UUID

import msgspec
import numpy as np
import pytest

from core.catalogue.book import Book
from core.search.entries import entries_of
from core.search.snapshot import Snapshot, Word

AssertHolds = Callable[[Snapshot, Mapping[UUID, Book]], None]


def _assert_holds(snapshot: Snapshot, model: Mapping[UUID, Book]) -> None:
    living = np.flatnonzero(snapshot.alive).tolist()
    books = [msgspec.json.decode(snapshot.detail_json(row), type=Book) for row in living]
    assert {book.id: book for book in books} == dict(model)
    assert snapshot.living == len(living) == len(model)
    expected: dict[str, list[int]] = {}
    for row, book in zip(living, books, strict=True):
        assert snapshot.ordinal_of(book.id) == row
        assert snapshot.columns.price_minor[row] == book.price.amount_minor
        assert snapshot.columns.version[row] == book.version
        for term in set(entries_of([book]).words[0].split()):
            expected.setdefault(term, []).append(row)
    for term, rows in expected.items():
        posted = snapshot.terms.postings(snapshot.terms.code(term))
        assert posted[snapshot.alive[posted]].tolist() == rows
    for book in books:
        # The engine's own view: every synthetic book has a number that no other has.
        word = Word(((book.isbn or "", 1.0),))
        found = snapshot.text.top((word,), minimum=1, limit=10)
        assert found.keys.tolist() == [snapshot.ordinal_of(book.id)]


@pytest.fixture(scope="session")
def assert_holds() -> AssertHolds:
    """Assert that a snapshot holds exactly the books of a model, in columns, postings and text."""
    return _assert_holds
