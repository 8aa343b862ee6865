"""Lists of a word's best books give what the engine gives, and their counts add up."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.questions import head_words, two_words
from benchmarks.synthetic import books as synthetic
from core.catalogue.book import Book
from core.search import champions, facets
from core.search.matching import Matches, match
from core.search.request import Facet, Filters
from core.search.snapshot import Horizon
from core.search.understanding import understand
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

BOOKS = 2_500
EVERY_FACET: tuple[Facet, ...] = tuple(facets.COUNTERS)


@pytest.fixture(params=["as built", "after changes"], scope="module")
def view(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[View]:
    """Two thousand five hundred books; after changes, a tenth of them moved or are gone."""
    folder: Path = tmp_path_factory.mktemp("index")
    catalogue: list[Book] = [book for batch in synthetic(BOOKS, seed=9) for book in batch]
    writer = IndexWriter(folder)
    writer.rebuild([catalogue], Horizon(1, 1), "")
    if request.param == "after changes":
        moved = [replace(book, version=2, stock=0) for book in catalogue[:150]]
        writer.apply(moved, [book.id for book in catalogue[150:250]], None, None)
    yield View(IndexReader(folder).current(), "EUR")
    writer.close()


def relaxed(view: View) -> list[str]:
    """Questions of two words that too few books hold both of."""
    asked = [question.q for question in two_words(view.snapshot, 200)]
    return [
        q
        for q in asked
        if (found := match(view, understand(view, q, fuzzy=True), "most", limit=64)).union
        and len(found.union.words) == 2
    ]


def test_books_of_either_word_are_those_of_the_engine(view: View) -> None:
    questions = relaxed(view)
    for q in questions:
        words = understand(view, q, fuzzy=True).words
        both = view.snapshot.text.top(words, minimum=2, limit=64)

        found = champions.of_either(view, words[0], words[1], both, 64)

        expected = view.snapshot.text.top(words, minimum=1, limit=64)
        assert found.total == expected.total, q
        assert np.allclose(found.scores, expected.scores, rtol=1e-5), q
        assert set(found.keys[:20].tolist()) <= set(expected.keys.tolist()), q
    assert len(questions) > 50


def test_books_of_either_word_tell_which_they_hold(view: View) -> None:
    for q in relaxed(view)[:40]:
        query = understand(view, q, fuzzy=True)
        both = view.snapshot.text.top(query.words, minimum=2, limit=64)

        found = champions.of_either(view, query.words[0], query.words[1], both, 64)

        assert found.held is not None
        for bit, codes in zip((champions.FIRST, champions.SECOND), query.codes, strict=True):
            holders = {row for code in codes for row in view.snapshot.terms.postings(code).tolist()}
            held = [key in holders for key in found.keys.tolist()]
            assert held == ((found.held & bit) > 0).tolist(), q


def test_best_books_of_a_word_are_those_of_the_engine(view: View) -> None:
    for question in head_words(view.snapshot, 40):
        word = understand(view, question.q, fuzzy=True).words[0]

        found = champions.of_word(view, word, 64)

        expected = view.snapshot.text.top((word,), minimum=1, limit=64)
        assert found.keys.tolist() == expected.keys.tolist()
        assert found.total == expected.total


def test_counts_of_words_add_up_to_those_of_their_books(view: View) -> None:
    questions = relaxed(view)[:30] + [question.q for question in head_words(view.snapshot, 30)]
    for q in questions:
        found = match(view, understand(view, q, fuzzy=True), "most", limit=64)
        listed = Matches(found.step, found.minimum, found.count, partial(np.copy, found.keys))

        assert found.union is not None
        for _ in range(2):  # made, then remembered
            summed = facets.count(view, found, Filters(), EVERY_FACET)
            assert summed == facets.count(view, listed, Filters(), EVERY_FACET), q
