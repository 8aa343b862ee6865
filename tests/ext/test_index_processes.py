"""Run as a program it is a reader: FOLDER, then what it saw of it once its input ends."""

import subprocess
import sys
import threading
from collections.abc import Callable
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


def write(
    folder: Path, steps: int, seen: Callable[[str], object] = lambda generation: None
) -> None:
    """seen: called before the next generation is built; comes back once readers met this one."""
    writer = IndexWriter(folder)
    generation = writer.rebuild([at(1)], Horizon(1, 1), "1")
    for step in range(2, steps):
        if step % 10 == 0:
            seen(generation)
            generation = writer.rebuild([at(step)], Horizon(step, step), str(step))
        else:
            writer.apply(at(step), [], Horizon(step, step), str(step))
    writer.close()


def read(folder: Path, done: threading.Event, saw: Callable[[str], object]) -> int:
    """Read until told to end: how many views were torn; saw: told of each version, once."""
    reader, bad, seen = IndexReader(folder), 0, set[str]()
    while True:
        last = done.is_set()
        reader.refresh(wait=last)
        bad += not whole(reader.current())
        if (version := reader.current().version) not in seen:
            seen.add(version)
            saw(version)
        if last:
            return bad


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

    def seen(generation: str) -> None:
        for reader in readers:
            assert reader.stdout is not None
            while not (line := reader.stdout.readline()).startswith(generation):
                assert line, "a reader has ended"

    seen("g000001")

    write(folder, 33, seen)

    for reader in readers:
        told, _ = reader.communicate("")
        assert reader.returncode == 0
        bad, last = told.splitlines()[-1].split()
        assert (bad, last) == ("0", "g000005.2")


def test_generations_are_swapped_under_requests_without_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    write(folder, 3)
    done, news = threading.Event(), threading.Condition()
    met: list[set[str]] = [set(), set()]
    bad: list[int] = []

    def serve(generations: set[str]) -> None:
        def saw(version: str) -> None:
            with news:
                generations.add(version.partition(".")[0])
                news.notify_all()

        bad.append(read(folder, done, saw))

    readers = [threading.Thread(target=serve, args=[each]) for each in met]
    for reader in readers:
        reader.start()

    def seen(generation: str) -> None:
        with news:
            assert news.wait_for(lambda: all(generation in each for each in met), 300)

    try:
        write(folder, 34, seen)
    finally:
        done.set()
        for reader in readers:
            reader.join()

    assert bad == [0, 0]


def main(folder: Path) -> None:
    done = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        done.set()

    def saw(version: str) -> None:
        print(version, flush=True)  # noqa: T201 # to the test

    threading.Thread(target=wait_for_end, daemon=True).start()
    print(read(folder, done, saw), IndexReader(folder).current().version)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
