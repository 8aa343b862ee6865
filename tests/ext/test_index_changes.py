import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from benchmarks.synthetic import books
from core.catalogue.book import Book
from core.search.columns import NONE
from core.search.indexing import AlreadyWritten, RebuildNeeded
from core.search.snapshot import Horizon, Snapshot, Word
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

AssertHolds = Callable[[Snapshot, Mapping[UUID, Book]], None]

CATALOGUE = [book for batch in books(300, seed=11) for book in batch]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[IndexWriter]:
    """Of an index with the first 200 books."""
    opened = IndexWriter(tmp_path / "index")
    opened.rebuild([CATALOGUE[:200]], Horizon(1, 1), "start")
    yield opened
    opened.close()


@pytest.fixture
def reader(writer: IndexWriter, tmp_path: Path) -> IndexReader:
    return IndexReader(tmp_path / "index")


def renamed(book: Book, title: str) -> Book:
    return msgspec.structs.replace(book, title=title, version=book.version + 1)


def found(snapshot: Snapshot, term: str) -> list[int]:
    keys: list[int] = snapshot.text.top((Word(((term, 1.0),)),), minimum=1, limit=10).keys.tolist()
    return keys


def test_changed_title_is_found_and_the_former_is_not(
    writer: IndexWriter, reader: IndexReader
) -> None:
    writer.apply([renamed(CATALOGUE[0], "Zyxwolf")], [], Horizon(2, 2), "c")
    writer.apply([renamed(CATALOGUE[0], "Vuqqmare")], [], Horizon(3, 3), "d")

    assert reader.refresh()
    snapshot = reader.current()
    assert found(snapshot, "vuqqmare") == [snapshot.ordinal_of(CATALOGUE[0].id)]
    assert found(snapshot, "zyxwolf") == []
    postings = snapshot.terms.postings(snapshot.terms.code("zyxwolf"))
    assert not snapshot.alive[postings].any()


def test_removed_book_is_gone(writer: IndexWriter, reader: IndexReader) -> None:
    writer.apply([], [CATALOGUE[7].id], Horizon(2, 2), "c")

    reader.refresh()
    assert reader.current().ordinal_of(CATALOGUE[7].id) == NONE
    assert reader.current().living == 199
    assert found(reader.current(), CATALOGUE[7].isbn or "") == []


def test_book_that_is_hidden_is_gone_until_it_is_shown_again(
    writer: IndexWriter, reader: IndexReader
) -> None:
    writer.apply([msgspec.structs.replace(CATALOGUE[7], status="hidden")], [], Horizon(2, 2), "c")
    reader.refresh()
    hidden = reader.current().ordinal_of(CATALOGUE[7].id)
    writer.apply([CATALOGUE[7]], [], Horizon(3, 3), "d")
    reader.refresh()

    assert hidden == NONE
    assert reader.current().ordinal_of(CATALOGUE[7].id) != NONE


def test_changes_applied_twice_change_nothing_more(
    writer: IndexWriter, reader: IndexReader
) -> None:
    changed = [renamed(book, f"New {book.title}") for book in CATALOGUE[:20]]
    writer.apply(changed, [CATALOGUE[30].id], Horizon(2, 2), "c")
    reader.refresh()
    once = reader.current()

    writer.apply(changed, [CATALOGUE[30].id], Horizon(2, 2), "c")
    reader.refresh()

    assert reader.current().version == once.version
    assert reader.current().rows == once.rows


def test_horizon_moves_on_without_a_change(writer: IndexWriter, reader: IndexReader) -> None:
    before = reader.current()

    writer.apply([], [], Horizon(50, 52, (51,)), "c")

    assert reader.refresh()
    assert reader.current().horizon == Horizon(50, 52, (51,))
    assert reader.current().version == before.version
    assert writer.cursor == "c"


def test_horizon_of_too_many_transactions_claims_less(
    writer: IndexWriter, reader: IndexReader
) -> None:
    running = tuple(range(100, 9_000, 2))

    writer.apply([], [], Horizon(100, 10_000, running), "c")

    reader.refresh()
    assert not reader.current().horizon.contains(101)
    assert reader.current().horizon.contains(99)


def test_nothing_new_is_told_as_such(writer: IndexWriter, reader: IndexReader) -> None:
    assert not reader.refresh()


def test_a_snapshot_stays_as_it_was_taken(
    writer: IndexWriter, reader: IndexReader, assert_holds: AssertHolds
) -> None:
    taken = reader.current()

    for step in range(5):
        changed = [renamed(book, f"Step {step}") for book in CATALOGUE[step : 190 + step]]
        writer.apply(changed, [CATALOGUE[195 + step].id], Horizon(step + 2, step + 2), f"{step}")
        reader.refresh()
    writer.rebuild([CATALOGUE[:10]], Horizon(9, 9), "anew")
    writer.rebuild([CATALOGUE[:10]], Horizon(9, 9), "and again")
    reader.refresh(wait=True)

    assert_holds(taken, {book.id: book for book in CATALOGUE[:200]})


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_leave_what_a_dictionary_would_hold(
    writer: IndexWriter, reader: IndexReader, assert_holds: AssertHolds, seed: int
) -> None:
    chance = random.Random(seed)
    model = {book.id: book for book in CATALOGUE[:200]}
    for step in range(25):
        changed = [
            renamed(book, f"{book.title} {chance.choice(CATALOGUE).title} {step}")
            for book in chance.sample(CATALOGUE, chance.choice([0, 1, 3, 40]))
        ]
        removed = {book.id for book in chance.sample(CATALOGUE, chance.choice([0, 0, 1, 15]))}
        changed = [book for book in changed if book.id not in removed]

        writer.apply(changed, list(removed), Horizon(step + 2, step + 2), str(step))
        model = {**model, **{book.id: book for book in changed}}
        model = {book_id: book for book_id, book in model.items() if book_id not in removed}
        if chance.random() < 0.1:
            writer.rebuild([list(model.values())], Horizon(step + 2, step + 2), str(step))
        reader.refresh(wait=True)

        if step % 6 == 5:
            assert_holds(reader.current(), model)
    assert_holds(reader.current(), model)


def test_a_reader_that_comes_late_sees_the_same(
    writer: IndexWriter, reader: IndexReader, assert_holds: AssertHolds, tmp_path: Path
) -> None:
    model = {book.id: book for book in CATALOGUE[:200]}
    for step in range(30):
        book = renamed(CATALOGUE[step * 7], f"Late {step}")
        model[book.id] = book
        writer.apply([book], [], Horizon(step + 2, step + 2), str(step))

    late = IndexReader(tmp_path / "index").current()

    assert_holds(late, model)


def test_a_full_generation_asks_to_be_rebuilt(writer: IndexWriter, reader: IndexReader) -> None:
    enormous = msgspec.structs.replace(CATALOGUE[0], description="." * 70_000_000)

    with pytest.raises(RebuildNeeded):
        writer.apply([enormous], [], Horizon(2, 2), "c")

    writer.apply([renamed(CATALOGUE[1], "Still Works")], [], Horizon(2, 2), "c")
    reader.refresh()
    assert reader.current().living == 200
    assert writer.cursor == "c"


def test_changes_without_a_generation_ask_to_build_one(tmp_path: Path) -> None:
    empty = IndexWriter(tmp_path / "none")

    with pytest.raises(RebuildNeeded):
        empty.apply([CATALOGUE[0]], [], Horizon(2, 2), "c")

    assert empty.cursor is None
    empty.close()


def test_an_index_deleted_under_its_writer_asks_to_be_built(
    writer: IndexWriter, reader: IndexReader, tmp_path: Path
) -> None:
    for path in (tmp_path / "index").iterdir():
        path.rename(tmp_path / f"away-{path.name}")

    with pytest.raises(RebuildNeeded):
        writer.apply([CATALOGUE[0]], [], Horizon(2, 2), "c")

    assert reader.current().living == 200


def test_tombstones_wear_an_index_out(writer: IndexWriter) -> None:
    fresh = writer.worn
    for step in range(6):
        changed = [renamed(book, f"Step {step}") for book in CATALOGUE[:200]]
        writer.apply(changed, [], Horizon(step + 2, step + 2), str(step))
    some = writer.worn
    for step in range(6, 12):
        changed = [renamed(book, f"Step {step}") for book in CATALOGUE[:200]]
        writer.apply(changed, [], Horizon(step + 2, step + 2), str(step))

    assert (fresh, some, writer.worn) == (False, False, True)


def test_second_writer_is_told_who_writes(writer: IndexWriter, tmp_path: Path) -> None:
    with pytest.raises(AlreadyWritten, match=r"process \d+"):
        IndexWriter(tmp_path / "index")


def test_changes_reach_a_sealed_generation_before_its_readers(
    writer: IndexWriter, reader: IndexReader
) -> None:
    writer.begin()
    writer.add(CATALOGUE[:50])
    writer.apply([renamed(CATALOGUE[0], "Zyxwolf")], [], Horizon(2, 2), "served")
    writer.seal(Horizon(1, 1), "built")
    writer.apply([renamed(CATALOGUE[0], "Vuqqmare")], [], Horizon(3, 3), "caught up", sealed=True)
    reader.refresh(wait=True)
    served = reader.current()
    writer.switch()
    reader.refresh(wait=True)

    assert (served.living, len(found(served, "zyxwolf"))) == (200, 1)
    assert (reader.current().living, len(found(reader.current(), "vuqqmare"))) == (50, 1)
    assert writer.cursor == "caught up"


def test_abandoned_build_leaves_nothing_behind(writer: IndexWriter, tmp_path: Path) -> None:
    def failing() -> Iterator[list[Book]]:
        yield CATALOGUE[:10]
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        writer.rebuild(failing(), Horizon(2, 2), "c")

    names = {path.name for path in (tmp_path / "index").iterdir()}
    assert names == {"CURRENT", "writer.lock", "g000001"}
