"""Run as a program it is the writer that the tests kill: FOLDER, then "acknowledged N" lines."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from benchmarks.synthetic import books
from core.catalogue.book import Book
from core.search.snapshot import Horizon, IndexUnavailable, Snapshot
from ext.tantivy_search.head import Head
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

AssertHolds = Callable[[Snapshot, Mapping[UUID, Book]], None]

CATALOGUE = [book for batch in books(150, seed=5) for book in batch]


def changes(step: int) -> tuple[list[Book], list[UUID]]:
    """What happens at a step: always the same."""
    chance = random.Random(step)
    picked = chance.sample(CATALOGUE, 12)
    changed = [
        msgspec.structs.replace(book, title=f"{book.title} {step}", version=step)
        for book in picked[:9]
    ]
    return changed, [book.id for book in picked[9:]]


def model_at(step: int) -> dict[UUID, Book]:
    model = {book.id: book for book in CATALOGUE}
    for past in range(1, step + 1):
        changed, removed = changes(past)
        model.update({book.id: book for book in changed})
        for book_id in removed:
            model.pop(book_id, None)
    return model


def go_on(writer: IndexWriter, until: int, *, told: bool = False) -> None:
    """Apply the steps behind the writer's cursor; build anew now and then."""
    if writer.cursor is None:
        writer.rebuild([CATALOGUE], Horizon(0, 0), "0")
    for step in range(int(writer.cursor or 0) + 1, until + 1):
        writer.apply(*changes(step), Horizon(step, step), str(step))
        if step % 12 == 0:
            writer.rebuild([list(model_at(step).values())], Horizon(step, step), str(step))
        if told:
            print("acknowledged", step, flush=True)  # noqa: T201 # to the test


def killed_after(folder: Path, seconds: float) -> int:
    """Let a writer run for a while and kill it; the last step it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)  # the moment of the fault, not a condition waited for
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().splitlines()
    process.wait()
    process.stdout.close()
    # The last line may have been cut short by the kill.
    told = [line for line in (first, *rest) if line.startswith("acknowledged ")]
    return int(told[-1].split()[1]) if told else 0


@pytest.mark.parametrize("run", range(10))
def test_killed_writer_loses_nothing_that_it_acknowledged(
    tmp_path: Path, assert_holds: AssertHolds, run: int
) -> None:
    folder = tmp_path / "index"
    chance = random.Random(run * 7919 + 1)

    acknowledged = killed_after(folder, chance.random() * 0.6)

    fresh = IndexReader(folder).current()
    assert fresh.state.cursor == str(fresh.horizon.xmin)
    assert fresh.horizon.xmin >= acknowledged
    writer = IndexWriter(folder)
    assert int(writer.cursor or 0) == fresh.horizon.xmin
    assert_holds(IndexReader(folder).current(), model_at(fresh.horizon.xmin))
    go_on(writer, fresh.horizon.xmin + 2)
    assert_holds(IndexReader(folder).current(), model_at(fresh.horizon.xmin + 2))
    writer.close()


def test_commit_cut_short_is_taken_back_and_applied_again(
    tmp_path: Path, assert_holds: AssertHolds
) -> None:
    folder = tmp_path / "index"
    with cut_short(folder) as generation:
        snapshot = IndexReader(folder).current()
        assert Head(generation / "head").sequence % 2 == 1
        assert snapshot.state.cursor == "1"

    writer = IndexWriter(folder)

    assert writer.cursor == "1"
    assert Head(generation / "head").sequence % 2 == 0
    assert_holds(IndexReader(folder).current(), model_at(1))
    writer.apply(*changes(2), Horizon(2, 2), "2")
    assert_holds(IndexReader(folder).current(), model_at(2))
    writer.close()


class cut_short:  # noqa: N801 # reads as the event it stands for
    """A writer that died between the engine's commit and the publication of step 2."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Path:
        writer = IndexWriter(self._folder)
        writer.rebuild([CATALOGUE], Horizon(0, 0), "0")
        writer.apply(*changes(1), Horizon(1, 1), "1")
        generation = self._folder / "g000001"
        before = (generation / "head").read_bytes()
        writer.apply(*changes(2), Horizon(2, 2), "2")
        writer.close()
        # The head as it was, but for the mark that a commit is under way.
        with (generation / "head").open("r+b") as head:
            head.write((int.from_bytes(before[:8], "little") | 1).to_bytes(8, "little"))
            head.write(before[8:])
        return generation

    def __exit__(self, *error: object) -> None:
        pass


def test_running_reader_keeps_its_snapshot_while_a_commit_is_cut_short(
    tmp_path: Path, assert_holds: AssertHolds
) -> None:
    folder = tmp_path / "index"
    writer = IndexWriter(folder)
    writer.rebuild([CATALOGUE], Horizon(0, 0), "0")
    reader = IndexReader(folder)
    Head(folder / "g000001" / "head", writable=True).begin()

    refreshed = reader.refresh()

    assert not refreshed
    assert_holds(reader.current(), model_at(0))
    writer.close()


def test_what_another_boot_left_half_written_is_not_served(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    writer = IndexWriter(folder)
    writer.rebuild([CATALOGUE], Horizon(0, 0), "0")
    writer.apply(*changes(1), Horizon(1, 1), "1")
    head = Head(folder / "g000001" / "head", writable=True)
    _, state = head.read()
    head.publish(msgspec.structs.replace(state, boot="another"))

    reader = IndexReader(folder)

    with pytest.raises(IndexUnavailable, match="machine went down"):
        reader.current()
    assert state.boot
    writer.close()


def test_writer_that_closes_leaves_everything_on_the_disk(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    writer = IndexWriter(folder)
    writer.rebuild([CATALOGUE], Horizon(0, 0), "0")
    writer.apply(*changes(1), Horizon(1, 1), "1")

    writer.close()

    _, state = Head(folder / "g000001" / "head").read()
    assert (state.boot, state.cursor) == ("", "1")


def test_leftovers_of_a_killed_build_are_cleared(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    writer = IndexWriter(folder)
    writer.rebuild([CATALOGUE], Horizon(0, 0), "0")
    writer.close()
    (folder / ".g000002.tmp").mkdir()
    (folder / "g000003").mkdir()

    IndexWriter(folder).close()

    assert sorted(path.name for path in folder.glob("*g0*")) == ["g000001"]


if __name__ == "__main__":
    go_on(IndexWriter(Path(sys.argv[1])), 100_000, told=True)
