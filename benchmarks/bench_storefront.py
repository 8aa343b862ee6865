"""How much of a bare handler's throughput does a shop reach with all that visitors send?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
behind a model of drawn neighbours; requests of every kind in the shares that a storefront's page
sends them, for a thousand books, the r-th as often as 1 / r (`core/load/traffic.py`). One worker
as it ships, keeping answers in the memory that is the default, after 8,192 requests; what is
measured are other requests for the same books, none of them sent before. Server and client on a
core each where there are two. Limits are off: one client asks more than a client may. Left out:
TLS, a proxy, several workers.

    just bench storefront

Control: a Litestar handler on the same server that returns answers of earlier visitors, in turns
with the worker; ratio: throughput over the control's, quiet: the same by processor time. Then
visitors come by themselves, at seven tenths of what the worker was found to answer, whether it
keeps up or not: how long they wait from when they came, and beside it the bare handler at the same
rate, there 3 is three times as long.
"""

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from api.settings import Settings
from api.wiring.load_testing import known_books
from benchmarks.asked import Asked, pin
from benchmarks.corpus import synthetic_index
from benchmarks.load import Job, Load
from benchmarks.servers import Server, running_server
from benchmarks.shop import open_shop
from core.load.traffic import Known, Sent, arrivals, drawn
from core.search.snapshot import Snapshot
from ext.http_load import Answered, send

EARLIER, ROUNDS, REQUESTS = 8_192, 8, 2_048
EARLIER_SEED, SEED, WAITING_SEED = 40, 4, 5
OF_CAPACITY, SECONDS, CONNECTIONS = 0.7, 8.0, 32
RECORDED = 1_024


class Storefront(Struct, frozen=True):
    """static: the control, which answers every path below /static."""

    worker: Server
    static: Server
    load: Load
    books: list[Known]

    def heads(self, server: Server, sent: Sequence[Sent]) -> list[str]:
        """Whole requests, the control's with the same length of query."""
        paths = [each.path for each in sent]
        if server is self.static:
            paths = [f"/static?{path}" for path in paths]
        return [f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" for path in paths]


@pytest.fixture(scope="module")
def storefront(
    snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Storefront]:
    with ExitStack() as stack:
        shop = stack.enter_context(open_shop(snapshot, synthetic_index()))
        memory_mb = Settings().answer_memory_mb
        worker = stack.enter_context(shop.worker(answer_memory_mb=memory_mb))
        books = known_books(worker.url(""))
        load = Load()
        stack.callback(load.close)
        earlier = drawn(books, EARLIER, EARLIER_SEED)
        for first in range(0, EARLIER, REQUESTS):
            paths = [each.path for each in earlier[first : first + REQUESTS]]
            heads = [f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" for path in paths]
            load.send(Job(worker.port, heads, len(heads)))
        file = tmp_path_factory.mktemp("static") / "bodies.json"
        bodies = [worker.body(each.path) for each in earlier[-RECORDED:]]
        file.write_text(json.dumps({"/ready": ["{}"], "/static": bodies}))
        static = stack.enter_context(
            running_server("benchmarks.static_server", "--bodies", str(file), ready="/ready")
        )
        pin([worker.process.pid, static.process.pid], load.pid)
        stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
        os.sched_setaffinity(0, os.sched_getaffinity(load.pid))  # visitors come from here, too
        yield Storefront(worker, static, load, books)


@pytest.fixture(scope="module")
def kept_busy(storefront: Storefront) -> tuple[Asked, Asked]:
    """The worker and the control after their rounds, in turns."""
    sent = drawn(storefront.books, (ROUNDS + 1) * REQUESTS, SEED)
    pair = tuple(
        Asked(storefront.load, server, storefront.heads(server, sent), REQUESTS)
        for server in (storefront.worker, storefront.static)
    )
    for number in range(ROUNDS + 1):
        for each in pair:
            each.send(kept=number > 0)
    return pair[0], pair[1]


def test_kept_busy(benchmark: BenchmarkFixture, kept_busy: tuple[Asked, Asked]) -> None:
    asked, control = kept_busy
    told(
        benchmark,
        f"kept busy: {1e6 / asked.wall_us:,.0f} requests a second",
        {
            "control_us": control.wall_us,
            "ratio": round(control.wall_us / asked.wall_us, 2),
            "quiet_ratio": round(control.cpu_us / asked.cpu_us, 2),
        },
        f"bare handler: {1e6 / control.wall_us:,.0f} a second",
        median_us=asked.wall_us,
        target="≥ 0.5",
    )


@pytest.mark.parametrize(("percent", "most_ms"), [(50, 5), (99, 50)])
def test_waiting(
    benchmark: BenchmarkFixture,
    storefront: Storefront,
    kept_busy: tuple[Asked, Asked],
    percent: int,
    most_ms: int,
) -> None:
    rate = OF_CAPACITY * 1e6 / kept_busy[0].wall_us
    sent = drawn(storefront.books, round(rate * SECONDS), WAITING_SEED + percent)
    due = arrivals(len(sent), rate, WAITING_SEED)
    waited = []
    for server in (storefront.static, storefront.worker):
        heads = [head.encode() for head in storefront.heads(server, sent)]
        answered: Answered = asyncio.run(
            send(("127.0.0.1", server.port), heads, due, connections=CONNECTIONS)
        )
        waited.append(1e6 * float(np.percentile(answered.seconds, percent)))
        failed = int(np.count_nonzero(answered.statuses != 200))
        assert not failed
    control, own = waited
    told(
        benchmark,
        f"at {rate:,.0f} a second, {len(sent):,} requests, 0 failed: p{percent}",
        {"control_us": control, "ratio": round(own / control, 1)},
        f"bare handler's p{percent}",
        median_us=own,
        target=f"< {most_ms} ms",
    )


def told(
    benchmark: BenchmarkFixture,
    label: str,
    row: dict[str, float],
    control: str,
    *,
    median_us: float,
    target: str,
) -> None:
    measure: Callable[..., Any] = benchmark.pedantic  # untyped there; all was measured already
    measure(lambda: None, rounds=1)
    benchmark.extra_info |= {
        "label": label,
        "median_us": median_us,
        "controls": {control: row},
        "target": target,
        "load_average": os.getloadavg()[0],
    }
