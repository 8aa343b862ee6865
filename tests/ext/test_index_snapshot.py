import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks.synthetic import books
from core.catalogue.book import Book
from core.search.columns import NONE
from core.search.entries import entries_of
from core.search.snapshot import Horizon, Word
from ext.tantivy_search.published import PublishedSnapshot
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

HORIZON = Horizon(7, 9, (8,))
BEFORE = [book for batch in books(600, seed=3) for book in batch]
CATALOGUE = [
    msgspec.structs.replace(book, title=f"Altered Qwyx {place}", version=2)
    if place % 10 == 0
    else book
    for place, book in enumerate(BEFORE)
]
ENTRIES = entries_of(CATALOGUE)
WORDS = {book.id: words.split() for book, words in zip(CATALOGUE, ENTRIES.words, strict=True)}
TERMS = {book_id: frozenset(words) for book_id, words in WORDS.items()}
TITLES = {book.id: title.split() for book, title in zip(CATALOGUE, ENTRIES.full_title, strict=True)}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedSnapshot]:
    """600 books built, then every tenth changed: half of what is asked of lies behind the base."""
    folder: Path = tmp_path_factory.mktemp("store") / "index"
    writer = IndexWriter(folder)
    writer.rebuild([BEFORE[:250], BEFORE[250:]], Horizon(1, 1), "first")
    writer.apply(CATALOGUE[0:300:10], [], Horizon(2, 2), "second")
    writer.apply(CATALOGUE[300:600:10], [], HORIZON, "third")
    yield IndexReader(folder).current()
    writer.close()


def words(*terms: str) -> tuple[Word, ...]:
    return tuple(Word(((term, 1.0),)) for term in terms)


def holding(*terms: str) -> set[uuid.UUID]:
    return {book_id for book_id, held in TERMS.items() if held.issuperset(terms)}


def ids(snapshot: PublishedSnapshot, keys: np.ndarray) -> set[uuid.UUID]:
    return {decoded(snapshot, key).id for key in keys.tolist()}


def decoded(snapshot: PublishedSnapshot, ordinal: int) -> Book:
    return msgspec.json.decode(snapshot.detail_json(ordinal), type=Book)


def test_snapshot_counts_rows_and_the_living(snapshot: PublishedSnapshot) -> None:
    assert (snapshot.base_rows, snapshot.rows, snapshot.living) == (600, 660, 600)
    assert int(snapshot.alive.sum()) == 600
    assert snapshot.version == "g000001.2"
    assert snapshot.horizon == HORIZON


def test_every_book_is_found_by_id_and_comes_back_whole(snapshot: PublishedSnapshot) -> None:
    for book in CATALOGUE:
        ordinal = snapshot.ordinal_of(book.id)

        assert decoded(snapshot, ordinal) == book
        listed = msgspec.json.decode(snapshot.list_json(ordinal))
        assert listed["id"] == str(book.id)
        assert "description" not in listed


def test_unknown_ids_have_no_ordinal(snapshot: PublishedSnapshot) -> None:
    assert snapshot.ordinal_of(uuid.uuid4()) == NONE


def test_many_ids_are_looked_up_like_each_alone(snapshot: PublishedSnapshot) -> None:
    wanted = [book.id for book in CATALOGUE] + [uuid.uuid4() for _ in range(50)]
    hi = np.array([found.int >> 64 for found in wanted], np.uint64)
    lo = np.array([found.int & (2**64 - 1) for found in wanted], np.uint64)

    found = snapshot.ordinals_of(hi, lo)

    assert found.tolist() == [snapshot.ordinal_of(book_id) for book_id in wanted]


def test_columns_hold_what_the_books_say(snapshot: PublishedSnapshot) -> None:
    columns = snapshot.columns
    for book in CATALOGUE:
        row = snapshot.ordinal_of(book.id)

        assert columns.version[row] == book.version
        assert columns.price_minor[row] == book.price.amount_minor
        assert columns.stock[row] == book.stock
        assert columns.rating_x100[row] == round(100 * book.average_rating)
        assert columns.reviews[row] == book.review_count
        assert columns.year[row] == int(book.published or 0)
        for name, expected in (
            ("category", [named.name for named in book.categories]),
            ("author", [named.name for named in book.authors]),
        ):
            codes = getattr(columns, name).row(row).tolist()
            assert [snapshot.vocabularies[name].name(code) for code in codes] == expected
        series = book.series.name if book.series else None
        code = int(columns.series[row])
        assert (None if code == NONE else snapshot.vocabularies["series"].name(code)) == series


def test_title_terms_are_distinct_codes_ascending(snapshot: PublishedSnapshot) -> None:
    for book in CATALOGUE[:100]:
        codes = snapshot.columns.title_terms.row(snapshot.ordinal_of(book.id)).tolist()

        assert codes == sorted(set(map(snapshot.terms.code, TITLES[book.id])))


def test_postings_hold_exactly_the_books_with_the_term(snapshot: PublishedSnapshot) -> None:
    asked = {term for book in CATALOGUE[::7] for term in WORDS[book.id]}
    for term in asked:
        rows = snapshot.terms.postings(snapshot.terms.code(term))

        assert (np.diff(rows) > 0).all()
        assert ids(snapshot, rows[snapshot.alive[rows]]) == holding(term)
        assert snapshot.terms.frequency(snapshot.terms.code(term)) == len(rows)


def test_terms_nobody_wrote_are_unknown(snapshot: PublishedSnapshot) -> None:
    assert snapshot.terms.code("nowhere-to-be-found") == NONE
    assert snapshot.terms.frequency(NONE) == 0
    assert len(snapshot.terms.postings(NONE)) == 0


def test_a_name_is_found_by_another_spelling_of_its_letters(snapshot: PublishedSnapshot) -> None:
    categories = snapshot.vocabularies["category"]

    assert categories.name(categories.code("SCIENCE FICTION")) == "Science Fiction"
    assert categories.code("no such category") == NONE


def test_text_finds_the_books_that_hold_all_words(snapshot: PublishedSnapshot) -> None:
    for book in CATALOGUE[::13]:
        terms = tuple(dict.fromkeys(WORDS[book.id][:3]))

        found = snapshot.text.top(words(*terms), minimum=len(terms), limit=1_000)

        assert ids(snapshot, found.keys) == holding(*terms)
        assert (np.diff(found.scores) <= 0).all()


def test_text_finds_the_books_that_hold_enough_words(snapshot: PublishedSnapshot) -> None:
    terms = ("qwyx", "altered", "fiction")

    found = snapshot.text.top(words(*terms), minimum=2, limit=1_000)

    expected = {
        book_id for book_id, held in TERMS.items() if sum(term in held for term in terms) >= 2
    }
    assert ids(snapshot, found.keys) == expected


def test_any_alternative_stands_for_its_word(snapshot: PublishedSnapshot) -> None:
    word = Word((("qwyx", 1.0), ("biography", 0.5)))

    found = snapshot.text.top((word,), minimum=1, limit=1_000)

    assert ids(snapshot, found.keys) == holding("qwyx") | holding("biography")


def test_a_correction_scores_less_than_the_word_itself(snapshot: PublishedSnapshot) -> None:
    exact = snapshot.text.top(words("qwyx"), minimum=1, limit=1)
    corrected = snapshot.text.top((Word((("qwyx", 0.5),)),), minimum=1, limit=1)

    assert corrected.scores[0] == pytest.approx(exact.scores[0] / 2, rel=1e-5)


def test_among_limits_the_books_and_leaves_their_scores(snapshot: PublishedSnapshot) -> None:
    every = snapshot.text.top(words("fiction", "press"), minimum=1, limit=1_000)
    chosen = np.sort(every.keys[::3]).astype(np.int32)

    some = snapshot.text.top(words("fiction", "press"), minimum=1, limit=1_000, among=chosen)

    expected = dict(zip(every.keys.tolist(), every.scores.tolist(), strict=True))
    assert set(some.keys.tolist()) == set(chosen.tolist())
    for key, score in zip(some.keys.tolist(), some.scores.tolist(), strict=True):
        assert score == pytest.approx(expected[key], rel=1e-5)


def test_the_title_counts_for_more_than_the_description(snapshot: PublishedSnapshot) -> None:
    title = next(TITLES[book.id] for book in CATALOGUE[1:] if len(TITLES[book.id]) > 1)
    in_title = {book.id for book in CATALOGUE if set(title) <= set(TITLES[book.id])}

    best = snapshot.text.top(words(*title), minimum=len(title), limit=1)

    assert ids(snapshot, best.keys) <= in_title


@pytest.mark.parametrize("limit", [-5, 0, 1, 10**9])
def test_limits_of_any_size_are_answered(snapshot: PublishedSnapshot, limit: int) -> None:
    found = snapshot.text.top(words("fiction"), minimum=1, limit=limit)

    assert 1 <= len(found.keys) <= 10_000


@pytest.mark.parametrize("term", ["((((" * 5_000, "a:b", "\x00", "*", "", "x" * 100_000])
def test_terms_are_never_parsed(snapshot: PublishedSnapshot, term: str) -> None:
    assert len(snapshot.text.top(words(term), minimum=1, limit=5).keys) == 0


def test_no_words_find_nothing(snapshot: PublishedSnapshot) -> None:
    assert len(snapshot.text.top((), minimum=1, limit=5).keys) == 0
    assert len(snapshot.text.alike((), limit=5).keys) == 0


def test_alike_finds_the_book_the_terms_were_taken_from(snapshot: PublishedSnapshot) -> None:
    book = CATALOGUE[5]

    found = snapshot.text.alike(tuple(dict.fromkeys(WORDS[book.id])), limit=3)

    assert decoded(snapshot, int(found.keys[0])).id == book.id


def test_hidden_books_are_left_out(tmp_path: Path) -> None:
    writer = IndexWriter(tmp_path / "index")
    hidden = msgspec.structs.replace(CATALOGUE[1], status="hidden")

    writer.rebuild([[hidden, CATALOGUE[2]]], HORIZON, "c")

    snapshot = IndexReader(tmp_path / "index").current()
    assert snapshot.ordinal_of(hidden.id) == NONE
    assert snapshot.living == 1
    writer.close()


def test_an_index_without_books_answers(tmp_path: Path) -> None:
    writer = IndexWriter(tmp_path / "index")

    writer.rebuild([], HORIZON, "c")
    writer.apply(CATALOGUE[1:3], [], HORIZON, "d")

    snapshot = IndexReader(tmp_path / "index").current()
    assert snapshot.living == 2
    assert decoded(snapshot, snapshot.ordinal_of(CATALOGUE[1].id)) == CATALOGUE[1]
    writer.close()
