"""A shop of one size whose costs are measured in turns with those of others, in its own process.

`python -m benchmarks.site` measures a turn for each line of standard input, its number.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import msgspec
import numpy as np
from msgspec import Struct

from benchmarks.builds import memory_mb
from benchmarks.corpus import open_index, search_over, synthetic_index, view_of
from benchmarks.load import Job, Load
from benchmarks.questions import drawn_rows, shown
from benchmarks.servers import NotReady, Server
from benchmarks.shop import open_shop
from benchmarks.yardstick import yardstick
from core.load.traffic import Known, Sent, drawn
from core.search.request import SearchRequest, parse
from core.search.service import Search
from ext.tantivy_search.published import PublishedSnapshot

T = TypeVar("T")
KNOWN, REQUESTS, SEED, CONNECTIONS = 1_000, 400, 4, 8
WARMING, WARMED = 40, 3_000
"""Seed and number of what is asked before anything is measured: other requests, the same books."""
EVERY = 8
"""Requests between two looks at the yardstick."""


class Turn(Struct, frozen=True):
    """Microseconds of processor a request. own: by kind, all of the turn; http: of one worker, and
    of each of two at once. yardstick, yardstick_http: what the loop took meanwhile."""

    own: dict[str, list[float]]
    yardstick: float
    http: tuple[float, float]
    yardstick_http: float


class Left(Struct, frozen=True):
    """own_mb: anonymous memory of the process after all requests; disk_mb: of the generation,
    mapped and shared by workers."""

    own_mb: float
    disk_mb: float


class Site:
    """A size's process, as this one holds it."""

    def __init__(self, books: int) -> None:
        environment = {**os.environ, "BOOKWHEEL_BENCH_BOOKS": str(books)}
        build = "from benchmarks.corpus import synthetic_index; synthetic_index()"
        # In a process of its own: what building leaves behind is not a worker's memory.
        subprocess.run((sys.executable, "-c", build), env=environment, check=True)
        command = (sys.executable, "-m", "benchmarks.site")
        self.books, self.turns = books, list[Turn]()
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is this process's matter: it closes the other's input
        )
        self._told(object)

    def turn(self, number: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"%d\n" % number)
        self._process.stdin.flush()
        self.turns.append(self._told(Turn))

    def left(self) -> Left:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        left = self._told(Left)
        self._process.wait()
        return left

    def close(self) -> None:
        """Whatever has happened."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _told(self, kind: type[T]) -> T:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise NotReady(f"the process of {self.books:,} books ended by itself")
        return msgspec.json.decode(line, type=kind)


def serve() -> None:
    """Measure a turn for each line of standard input, its number; at the end tell what is left."""
    folder = synthetic_index()
    snapshot = open_index(folder)
    search = search_over(view_of(snapshot))
    books = known(snapshot)
    for each in drawn(books, WARMED, WARMING):
        answer(search, each.path)
    with ExitStack() as stack:
        shop = stack.enter_context(open_shop(snapshot, folder, neighbours=0.1))
        pairs = [(stack.enter_context(shop.worker()), Load()) for _ in range(2)]
        for worker, load in pairs:
            stack.callback(load.close)
            asked(worker, load, drawn(books, WARMED, WARMING))
        tell(None)
        for number in sys.stdin:
            tell(turn(search, pairs, books, SEED + 2 * int(number)))
        disk = sum(512 * file.stat().st_blocks for file in folder.rglob("*"))
        tell(Left(memory_mb("Anonymous"), disk / 1e6))


def tell(found: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    sys.stdout.buffer.flush()


def known(snapshot: PublishedSnapshot) -> list[Known]:
    rows = list(dict.fromkeys(drawn_rows(snapshot, 20 * KNOWN, seed=SEED).tolist()))[:KNOWN]
    books = []
    for row in rows:
        book = shown(snapshot, row)
        author = book.authors[0].name if book.authors else ""
        category = book.categories[0].name if book.categories else ""
        books.append(Known(book.id, book.title, author, category))
    return books


def turn(
    search: Search, pairs: Sequence[tuple[Server, Load]], books: Sequence[Known], seed: int
) -> Turn:
    own: dict[str, list[float]] = {}
    beside = []
    for number, each in enumerate(drawn(books, REQUESTS, seed)):
        if number % EVERY == 0:
            beside.append(processor_us(yardstick))
        own.setdefault(each.kind, []).append(processor_us(partial(answer, search, each.path)))
    around = [processor_us(yardstick) for _ in range(EVERY)]
    sent, other = drawn(books, REQUESTS, seed), drawn(books, REQUESTS, seed + 1)
    alone = asked(*pairs[0], sent)
    with ThreadPoolExecutor() as threads:
        both = list(threads.map(lambda pair: asked(pair[0], pair[1], other), pairs))
    around += [processor_us(yardstick) for _ in range(EVERY)]
    http = (alone, sum(both) / len(both))
    return Turn(own, float(np.median(beside)), http, float(np.median(around)))


def processor_us(call: Callable[[], object]) -> float:
    before = time.process_time_ns()
    call()
    return (time.process_time_ns() - before) / 1e3


def asked(worker: Server, load: Load, sent: Sequence[Sent]) -> float:
    """Microseconds of processor a request."""
    heads = [f"GET {each.path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" for each in sent]
    before = worker.cpu_us()
    result = load.send(Job(worker.port, heads, len(heads), connections=CONNECTIONS))
    assert result.statuses == {200: len(heads)}
    return (worker.cpu_us() - before) / len(heads)


def answer(search: Search, path: str) -> object:
    """What a route does with a request of the traffic, but for HTTP."""
    parts = urlsplit(path)
    pairs = parse_qsl(parts.query)
    match parts.path.split("/")[3:]:
        case ["search"]:
            return search.search(parse(pairs, SearchRequest)).body
        case ["search", "autocomplete"]:
            return search.autocomplete(dict(pairs)["q"])
        case ["books", "trending"]:
            return search.search(parse([("sort", "popular"), ("facets", "")], SearchRequest)).body
        case ["books", book]:
            return search.book(UUID(book))
        case ["books", book, "similar"]:
            return search.similar(UUID(book))
    raise ValueError(path)


if __name__ == "__main__":
    serve()
