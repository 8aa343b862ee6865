"""How long is it from the start of a worker's process until it is ready?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number): a
built index, a model of ten drawn neighbours a book, PostgreSQL. A start is from `python -m
api.worker` to the first 200 of /readyz, the files in the page cache and Python's modules compiled,
as an installed wheel's are. Left out: a machine that has just booted, an index whose checksums
nobody compared yet.

    just bench start

Control: an application of Litestar with one handler on the same server, until that answers; they
start in turns. quiet: the same by processor time, of all threads.
"""

import json
import os
import statistics
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import synthetic_index
from benchmarks.servers import Server, running_server
from benchmarks.shop import Shop, open_shop
from ext.tantivy_search.published import PublishedSnapshot

ROUNDS = 6


@pytest.fixture(scope="module")
def shop(snapshot: PublishedSnapshot) -> Iterator[Shop]:
    with open_shop(snapshot, synthetic_index(), neighbours=0.1) as opened:
        yield opened


def test_start(benchmark: BenchmarkFixture, shop: Shop, tmp_path: Path) -> None:
    bodies = tmp_path / "bodies.json"
    bodies.write_text(json.dumps({"/ready": ["{}"]}))
    worker = Starts(shop.worker)
    bare = Starts(
        lambda: running_server("benchmarks.static_server", "--bodies", str(bodies), ready="/ready")
    )
    for each in (worker, bare):
        each.start(kept=False)

    measure: Callable[..., Any] = benchmark.pedantic  # untyped there
    measure(worker.start, setup=bare.start, rounds=ROUNDS)

    benchmark.extra_info |= {
        "label": f"a worker, {worker.processor_seconds:.2f} s of processor",
        "target": "≤ 2 s",
        "median_us": 1e6 * worker.seconds,
        "quiet_us": 1e6 * worker.processor_seconds,
        "resident_mb": worker.resident_mb,
        "controls": {
            f"a bare Litestar application, {bare.processor_seconds:.2f}": {
                "control_us": 1e6 * bare.seconds,
                "ratio": round(worker.seconds / bare.seconds, 2),
                "quiet_control_us": 1e6 * bare.processor_seconds,
                "quiet_ratio": round(worker.processor_seconds / bare.processor_seconds, 2),
            }
        },
        "load_average": os.getloadavg()[0],
    }


class Starts:
    """Rounds of one server: by the clock and of processor."""

    def __init__(self, run: Callable[[], AbstractContextManager[Server]]) -> None:
        self._run = run
        self._rounds: list[tuple[float, float]] = []
        self.resident_mb = 0.0

    def start(self, *, kept: bool = True) -> None:
        began = perf_counter()
        with self._run() as server:
            seconds = perf_counter() - began
            if kept:
                self._rounds.append((seconds, server.spent().running))
                self.resident_mb = server.resident_mb()

    @property
    def seconds(self) -> float:
        return statistics.median(seconds for seconds, _ in self._rounds)

    @property
    def processor_seconds(self) -> float:
        return statistics.median(processor for _, processor in self._rounds)
