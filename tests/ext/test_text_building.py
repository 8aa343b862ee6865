"""The text index of a large catalogue is written by a process of its own."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tantivy

from benchmarks.synthetic import books
from core.search.entries import Entries, entries_of
from core.search.snapshot import Horizon, IndexUnavailable, Word
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.text_building import EARLY, TextBuilder
from ext.tantivy_search.writer import IndexWriter


def portions(count: int) -> Iterator[Entries]:
    return (entries_of(batch) for batch in books(count, seed=5, batch=3_000))


def children() -> set[int]:
    """Processes that this one started."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended
            found.update(map(int, (task / "children").read_text().split()))
    return found


def documents_in(folder: Path) -> tuple[int, int]:
    searcher = tantivy.Index.open(str(folder)).searcher()
    return searcher.num_docs, searcher.num_segments


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[TextBuilder]:
    made = TextBuilder(tmp_path / "text", tmp_path / "spool")
    yield made
    made.abandon()


@pytest.mark.parametrize("count", [0, 100, EARLY + 1_000])
def test_every_row_is_written_into_one_segment(
    builder: TextBuilder, tmp_path: Path, count: int
) -> None:
    before = children()

    for entries in portions(count):
        builder.add(entries)
    started = children() - before
    builder.commit()

    assert len(started) == (count > EARLY)
    assert documents_in(tmp_path / "text") == (count, min(count, 1))
    assert not (tmp_path / "spool").exists()
    assert not children() & started


def test_large_generation_finds_its_first_and_its_last_book(tmp_path: Path) -> None:
    catalogue = list(books(EARLY + 1_000, seed=5))
    writer = IndexWriter(tmp_path / "index")

    writer.rebuild(catalogue, Horizon(1, 1), "")

    writer.close()
    snapshot = IndexReader(tmp_path / "index").current()
    for row, book in ((0, catalogue[0][0]), (EARLY + 999, catalogue[-1][-1])):
        assert book.isbn is not None
        found = snapshot.text.top((Word(((book.isbn, 1.0),)),), minimum=1, limit=5)
        assert found.keys.tolist() == [row]


def test_build_whose_process_was_killed_is_refused(builder: TextBuilder) -> None:
    before = children()
    for entries in portions(EARLY + 1_000):
        builder.add(entries)
    (process,) = children() - before
    os.kill(process, signal.SIGKILL)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)

    with pytest.raises(IndexUnavailable, match="has ended"):
        builder.commit()


def test_abandoned_build_leaves_no_process(builder: TextBuilder) -> None:
    before = children()
    for entries in portions(EARLY + 1_000):
        builder.add(entries)

    builder.abandon()

    assert not children() - before


def test_process_ends_with_whoever_started_it_and_commits_nothing(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    command = (sys.executable, "-m", "ext.tantivy_search.text_writer", tmp_path / "text", tmp_path)

    ended = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)

    assert ended.returncode == 1
    assert documents_in(tmp_path / "text") == (0, 0)
