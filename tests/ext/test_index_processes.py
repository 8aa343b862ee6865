"""Run as a program it is a reader: FOLDER, then "bad N", "seen N" once its input ends."""

import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.synthetic import books
from core.catalogue.book import Book
from core.search.columns import NONE
from core.search.snapshot import Horizon, Word
from ext.tantivy_search.published import PublishedSnapshot
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

CATALOGUE = [book for batch in books(120, seed=9) for book in batch]
WORDS = (Word((("unison", 1.0),)),)


def at(step: int) -> list[Book]:
    """Every book carries the step in title and version: a torn view would show two of them."""
    return [
        msgspec.structs.replace(book, title=f"Unison step{step}", version=step)
        for book in CATALOGUE
    ]


def whole(snapshot: PublishedSnapshot) -> bool:
    """Whether columns, documents, postings, names and text are all of one step."""
    step = snapshot.horizon.xmin
    found = snapshot.text.top(WORDS, minimum=1, limit=1_000).keys
    posted = snapshot.terms.postings(snapshot.terms.code(f"step{step}"))
    living = np.flatnonzero(snapshot.alive)
    return (
        sorted(found.tolist()) == living.tolist() == posted[snapshot.alive[posted]].tolist()
        and set(snapshot.columns.version[living].tolist()) == {step}
        and snapshot.living == len(CATALOGUE) == len(living)
        and snapshot.ordinal_of(CATALOGUE[step % 120].id) != NONE
        and f'"Unison step{step}"'.encode() in snapshot.list_json(int(living[step % 120]))
    )


def write(folder: Path, steps: int) -> None:
    writer = IndexWriter(folder)
    writer.rebuild([at(1)], Horizon(1, 1), "1")
    for step in range(2, steps):
        if step % 10 == 0:
            writer.rebuild([at(step)], Horizon(step, step), str(step))
        else:
            writer.apply(at(step), [], Horizon(step, step), str(step))
    writer.close()


def read(folder: Path, done: threading.Event) -> tuple[int, set[str]]:
    """Read until told to end: torn views, and the versions seen."""
    reader, bad, seen = IndexReader(folder), 0, set()
    while True:
        last = done.is_set()
        reader.refresh(wait=last)
        bad += not whole(reader.current())
        seen.add(reader.current().version)
        if last:
            return bad, seen


def test_two_processes_read_while_one_writes(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    writer = IndexWriter(folder)
    writer.rebuild([at(1)], Horizon(1, 1), "1")
    writer.close()
    readers = [
        subprocess.Popen(
            [sys.executable, __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"

    write(folder, 33)

    for reader in readers:
        told, _ = reader.communicate("")
        assert reader.returncode == 0
        bad, seen, last = told.split()
        assert (bad, last) == ("0", "g000005.2")
        assert int(seen) > 3


def test_generations_are_swapped_under_requests_without_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    write(folder, 3)
    done = threading.Event()
    told: list[tuple[int, set[str]]] = []
    readers = [threading.Thread(target=lambda: told.append(read(folder, done))) for _ in range(2)]
    for reader in readers:
        reader.start()

    write(folder, 34)

    done.set()
    for reader in readers:
        reader.join()
    assert [bad for bad, _ in told] == [0, 0]
    assert all(len({version.partition(".")[0] for version in seen}) > 2 for _, seen in told)


def main(folder: Path) -> None:
    done = threading.Event()
    IndexReader(folder).current()
    print("reading", flush=True)  # noqa: T201 # to the test

    def wait_for_end() -> None:
        sys.stdin.read()
        done.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    bad, seen = read(folder, done)
    print(bad, len(seen), IndexReader(folder).current().version, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
