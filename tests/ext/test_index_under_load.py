"""Reading while it is written and rebuilt: no stale answer, none torn, none refused.

The default run is short; BOOKWHEEL_TEST_WRITES=10000 makes as many random writes.
"""

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from benchmarks.synthetic import books as synthetic
from core.catalogue.book import Book, BookNotFound
from core.kernel.money import Money
from core.search.ranking import Weights
from core.search.request import SearchRequest, parse
from core.search.service import Search
from core.search.snapshot import Horizon
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

WRITES = int(os.environ.get("BOOKWHEEL_TEST_WRITES", "400"))
CATALOGUE = [book for batch in synthetic(300, seed=41) for book in batch]


class Worker:
    """A reader as a worker has it: looks for news before each question."""

    def __init__(self, folder: Path) -> None:
        self._reader = IndexReader(folder)
        self._view = View(self._reader.current(), "EUR")
        self.search = Search(self.view, weights=Weights(), secret=b"test")

    def view(self) -> View:
        self._reader.refresh()
        if self._reader.current() is not self._view.snapshot:
            self._view = View(self._reader.current(), "EUR")
        return self._view

    def ask(self, **fields: str) -> Any:
        return json.loads(self.search.search(parse(fields.items(), SearchRequest)).body)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def writer(folder: Path) -> Iterator[IndexWriter]:
    opened = IndexWriter(folder)
    yield opened
    opened.close()


def changed(book: Book, step: int) -> Book:
    """With a word, a price and a stock that only this step gives."""
    return replace(
        book,
        title=f"Written zq{step}",
        price=Money(100 + step, "EUR"),
        stock=step % 3,
        version=step + 2,
    )


async def test_no_write_that_its_token_tells_of_is_missing_from_any_answer(
    writer: IndexWriter, folder: Path
) -> None:
    chance, model = random.Random(17), {book.id: book for book in CATALOGUE}
    writer.rebuild([CATALOGUE], Horizon(1, 1), "")
    workers = [Worker(folder), Worker(folder)]
    former: dict[UUID, int] = {}

    for step in range(WRITES):
        book = chance.choice(CATALOGUE)
        removed = book.id in model and chance.random() < 0.25
        token = Horizon(step + 3, step + 3)
        if removed:
            del model[book.id]
            writer.apply([], [book.id], token, str(step))
        else:
            model[book.id] = changed(book, step)
            writer.apply([model[book.id]], [], token, str(step))
        if step % 97 == 96:
            writer.rebuild([list(model.values())], token, str(step))

        for worker in workers:
            await worker.search.wait_for(str(step + 2))
            answer = worker.ask(q=f"zq{step}", fuzzy="off", facets="availability")
            shop = worker.ask(size="1", facets="availability")
            available = sum(book.stock > 0 for book in model.values())

            assert answer["count"] == (0 if removed else 1)
            assert shop["count"] == len(model)
            assert shop["facets"]["availability"][0]["count"] == available
            if book.id in former:
                assert worker.ask(q=f"zq{former[book.id]}", fuzzy="off")["count"] == 0
            if removed:
                with pytest.raises(BookNotFound):
                    worker.search.book(book.id)
            else:
                assert json.loads(worker.search.book(book.id).body)["version"] == step + 2
                assert answer["results"][0]["stock"] == step % 3
        former[book.id] = step


class Reading(Thread):
    """Asks until it is told to stop; every answer must be that of one whole generation."""

    def __init__(self, folder: Path, stop: Event) -> None:
        super().__init__()
        self._worker, self._until = Worker(folder), stop
        self.asked, self.generations = 0, set[str]()
        self.problems: list[str] = []

    def run(self) -> None:
        while not self._until.is_set():
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 # whatever it is, it is a failed search
                self.problems.append(repr(error))

    def _look(self) -> None:
        answer = self._worker.ask(q="era", fuzzy="off", facets="price,availability", size="100")
        self.asked += 1
        self.generations.add(answer["index_version"].partition(".")[0])
        eras = {hit["title"] for hit in answer["results"]}
        total = sum(each["count"] for each in answer["facets"]["availability"])
        if len(eras) != 1 or answer["count"] != 60 or total != 60:
            self.problems.append(f"{eras} {answer['count']} {total}")


def all_saw(readers: list[Reading], generation: str) -> Callable[[], bool]:
    return lambda: all(generation in reader.generations for reader in readers)


def wait_until(holds: Callable[[], bool]) -> None:
    pause, deadline = Event(), time.monotonic() + 300
    while not holds():
        assert time.monotonic() < deadline, "did not happen in time"
        pause.wait(0.002)


def test_rebuilds_under_load_fail_no_search_tear_no_answer_and_bound_the_disk(
    writer: IndexWriter, folder: Path
) -> None:
    def era(number: int) -> list[Book]:
        return [replace(book, title=f"Era {number}", version=number) for book in CATALOGUE[:60]]

    writer.rebuild([era(1)], Horizon(1, 1), "")
    stop = Event()
    readers = [Reading(folder, stop) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for number in range(2, 10):
            built = writer.rebuild([era(number)], Horizon(number, number), "")
            wait_until(all_saw(readers, built))
        wait_until(lambda: all(reader.asked > 100 for reader in readers))
    finally:
        stop.set()
        for reader in readers:
            reader.join()

    assert [problem for reader in readers for problem in reader.problems] == []
    assert sorted(path.name for path in folder.glob("*g0*")) == ["g000008", "g000009"]
