"""How much of a bare handler's throughput does a shop reach with all that visitors send?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
behind a model of drawn neighbours; requests of every kind in the shares that a storefront's page
sends them, for a thousand books, the r-th as often as 1 / r (`core/load/traffic.py`). Two streams:

- "as they repeat": 8,192 such requests, again the r-th as often as 1 / r, as queries of real shops
  repeat;
- "typed anew": only the books repeat, what is typed of their titles is drawn anew for each request.

One worker as it ships, keeping answers in the memory that is the default, after 16,384 requests of
the stream; measured is how it goes on. Server and client on a core each where there are two. Limits
are off: one client asks more than a client may. Left out: TLS, a proxy, several workers.

    just bench storefront

Control: a Litestar handler on the same server that returns answers to the same stream, in turns
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
from functools import cache
from typing import Any

import numpy as np
import pytest
from msgspec import Struct
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from api.settings import Settings
from api.wiring.load_testing import known_books
from benchmarks.asked import Asked, pin
from benchmarks.corpus import synthetic_index
from benchmarks.load import Load
from benchmarks.servers import Server, running_server
from benchmarks.shop import open_shop
from core.load.traffic import Known, Sent, arrivals, drawn
from core.search.snapshot import Snapshot
from ext.http_load import send

EARLIER, ROUNDS, REQUESTS = 16_384, 8, 2_048
POOL, POOL_SEED, EARLIER_SEED, SEED, WAITING_SEED = 8_192, 30, 40, 4, 5
OF_CAPACITY, SECONDS, CONNECTIONS = 0.7, 8.0, 32
RECORDED = 1_024
Floats = NDArray[np.float64]
Stream = Callable[[Sequence[Known], int, int], list[Sent]]


def repeating(books: Sequence[Known], count: int, seed: int) -> list[Sent]:
    """Out of one pool, the r-th as often as 1 / r."""
    pool = drawn(books, POOL, POOL_SEED)
    weights = 1.0 / np.arange(1, len(pool) + 1)
    rng = np.random.default_rng(seed)
    places = rng.choice(len(pool), count, p=weights / weights.sum())
    return [pool[place] for place in places.tolist()]


STREAMS: dict[str, tuple[Stream, str]] = {
    "as they repeat": (repeating, "≥ 0.5"),
    "typed anew": (drawn, ""),
}


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
        file = tmp_path_factory.mktemp("static") / "bodies.json"
        bodies = [worker.body(each.path) for each in repeating(books, RECORDED, EARLIER_SEED)]
        file.write_text(json.dumps({"/ready": ["{}"], "/static": bodies}))
        static = stack.enter_context(
            running_server("benchmarks.static_server", "--bodies", str(file), ready="/ready")
        )
        pin([worker.process.pid, static.process.pid], load.pid)
        stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
        os.sched_setaffinity(0, os.sched_getaffinity(load.pid))  # visitors come from here, too
        yield Storefront(worker, static, load, books)


Busy = Callable[[str], tuple[Asked, Asked]]


@pytest.fixture(scope="module")
def kept_busy(storefront: Storefront) -> Busy:
    """The worker and the control after their rounds of a stream, in turns."""

    @cache
    def of(stream: str) -> tuple[Asked, Asked]:
        warm(storefront, stream)
        sent = STREAMS[stream][0](storefront.books, ROUNDS * REQUESTS, SEED)
        asked, control = (
            Asked(storefront.load, server, storefront.heads(server, sent), REQUESTS)
            for server in (storefront.worker, storefront.static)
        )
        for _ in range(ROUNDS):
            control.send()
            asked.send()
        return asked, control

    return of


def warm(storefront: Storefront, stream: str) -> None:
    """Have the worker at hand what it keeps of a stream; another one may have pushed it out."""
    earlier = STREAMS[stream][0](storefront.books, EARLIER, EARLIER_SEED)
    heads = storefront.heads(storefront.worker, earlier)
    warming = Asked(storefront.load, storefront.worker, heads, REQUESTS)
    for _ in range(EARLIER // REQUESTS):
        warming.send(kept=False)


class Waited(Struct, frozen=True):
    """Seconds from when each visitor came, of the control and the worker, and the worker's
    failures. rate: visitors a second."""

    rate: float
    control: Floats
    own: Floats
    failed: int


@pytest.fixture(scope="module")
def waited(storefront: Storefront, kept_busy: Busy) -> Waited:
    asked, _ = kept_busy("as they repeat")
    warm(storefront, "as they repeat")
    rate = OF_CAPACITY * 1e6 / asked.wall_us
    sent = repeating(storefront.books, round(rate * SECONDS), WAITING_SEED)
    due = arrivals(len(sent), rate, WAITING_SEED)
    control, own = (
        asyncio.run(
            send(
                ("127.0.0.1", server.port),
                [head.encode() for head in storefront.heads(server, sent)],
                due,
                connections=CONNECTIONS,
            )
        )
        for server in (storefront.static, storefront.worker)
    )
    failed = int(np.count_nonzero(own.statuses != 200))
    return Waited(rate, control.seconds, own.seconds, failed)


@pytest.mark.parametrize("stream", STREAMS)
def test_kept_busy(benchmark: BenchmarkFixture, kept_busy: Busy, stream: str) -> None:
    asked, control = kept_busy(stream)
    told(
        benchmark,
        f"{stream}: {1e6 / asked.wall_us:,.0f} requests a second",
        {
            "control_us": control.wall_us,
            "ratio": round(control.wall_us / asked.wall_us, 2),
            "quiet_ratio": round(control.cpu_us / asked.cpu_us, 2),
        },
        f"bare handler: {1e6 / control.wall_us:,.0f} a second",
        median_us=asked.wall_us,
        target=STREAMS[stream][1],
    )


@pytest.mark.parametrize(("percent", "most_ms"), [(50, 5), (99, 50)])
def test_waiting(benchmark: BenchmarkFixture, waited: Waited, percent: int, most_ms: int) -> None:
    own, control = (
        1e6 * float(np.percentile(seconds, percent)) for seconds in (waited.own, waited.control)
    )
    told(
        benchmark,
        f"as they repeat, {waited.rate:,.0f} a second come, {waited.failed} of"
        f" {len(waited.own):,} failed: p{percent}",
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
