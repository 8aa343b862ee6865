"""Which share of a bare handler's throughput is left when the answer has to be found first?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
1,024 different searches, 256 requests of each other kind; workers keep no answers but for
what repeats and for readers who go on; 200 readers of 20 ratings in PostgreSQL
behind a model of drawn neighbours. One real worker (`python -m api.worker`), asked over 16
keep-alive connections by a client in another process; server and client on a core each where there
are two. Left out: TLS, a proxy, several workers, clients that are slow.

    just bench http

Control: a Litestar handler that returns the same bytes (recorded answers, in turns) on the same
server with the same settings, asked in turns with the worker. ratio: throughput of the worker over
the control's (1 would be free); quiet: the same by CPU time of the two server processes, which
other processes hardly disturb.
"""

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import numpy as np
import pytest
from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.asked import Asked, pin
from benchmarks.corpus import synthetic_index, view_of
from benchmarks.load import Load
from benchmarks.questions import COUNT, drawn_rows, prefixes, two_words
from benchmarks.servers import Server, running_server
from benchmarks.shop import Shop, open_shop
from core.search.snapshot import Snapshot

T = TypeVar("T")
ROUNDS = 6
REQUESTS = 1_024
"""In each round, of each server: every search once."""
SEARCH = "/api/v1/search?"


class Case(Struct, frozen=True):
    """requests: paths with the headers that go with them. server: which worker is asked."""

    label: str
    draw: Callable[[Snapshot, Shop], list["Request"]]
    target: str = ""
    server: str = "worker"
    again: bool = False


class Request(Struct, frozen=True):
    path: str
    headers: tuple[tuple[str, str], ...] = ()

    def head(self) -> str:
        lines = [f"GET {self.path} HTTP/1.1", "host: 127.0.0.1", "user-agent: benchmark/1"]
        return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in self.headers), "", ""])


def searches(snapshot: Snapshot, **fixed: str) -> list[Request]:
    return [
        Request(SEARCH + urllib.parse.urlencode({"q": asked.q, **fixed}))
        for asked in two_words(snapshot, REQUESTS)
    ]


def repeated(distinct: list[T]) -> list[T]:
    """The r-th as often as 1 / r: few are asked much."""
    weights = 1.0 / np.arange(1, len(distinct) + 1)
    drawn = np.random.default_rng(8).choice(len(distinct), 4 * REQUESTS, p=weights / weights.sum())
    return [distinct[place] for place in drawn.tolist()]


def typing(snapshot: Snapshot, shop: Shop) -> list[Request]:
    return [
        Request("/api/v1/search/autocomplete?" + urllib.parse.urlencode({"q": typed}))
        for typed in prefixes(snapshot)
    ]


def books(snapshot: Snapshot, path: str = "") -> list[Request]:
    view = view_of(snapshot)  # type: ignore[arg-type] # any snapshot will do
    rows = dict.fromkeys(drawn_rows(snapshot, 4 * COUNT, seed=6).tolist())
    return [Request(f"/api/v1/books/{view.id_of(row)}{path}") for row in list(rows)[:COUNT]]


def recommended(snapshot: Snapshot, shop: Shop) -> list[Request]:
    path = "/api/v1/books/recommended"
    return [Request(path, (("authorization", f"Bearer {token}"),)) for token in shop.tokens]


CASES = (
    Case("search, two words, no facets", lambda s, _: searches(s, facets=""), "≥ 0.3"),
    Case("search, two words, three facets", lambda s, _: searches(s), "≥ 0.3"),
    Case("the same, access log on", lambda s, _: searches(s), "", "logging worker"),
    Case("the same again: 304", lambda s, _: searches(s), "≥ 0.85", "worker", again=True),
    Case("searches as they repeat", lambda s, _: repeated(searches(s)), "≥ 0.3", "keeping worker"),
    Case("autocomplete", typing, "≥ 0.7"),
    Case(
        "autocomplete, as it repeats",
        lambda s, b: repeated(typing(s, b)),
        "≥ 0.7",
        "keeping worker",
    ),
    Case("a book", lambda s, _: books(s), "≥ 0.8"),
    Case("similar books", lambda s, _: books(s, "/similar")),
    Case("recommended, twenty books rated", recommended, "≥ 0.35"),
    Case("recommended, as readers go on", recommended, "≥ 0.35", "keeping worker"),
)


class Servers(Struct, frozen=True):
    """by_name: the workers. static: the control; its paths are the numbers of the cases."""

    by_name: dict[str, Server]
    static: Server
    load: Load
    requests: tuple[list[Request], ...]


@pytest.fixture(scope="module")
def servers(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with ExitStack() as stack:
        shop = stack.enter_context(open_shop(snapshot, synthetic_index()))
        workers = {
            "worker": stack.enter_context(shop.worker()),
            "logging worker": stack.enter_context(shop.worker(access_log=True)),
            "keeping worker": stack.enter_context(shop.worker(answer_memory_mb=16)),
        }
        asked, bodies = [], {"/ready": ["{}"]}
        for number, case in enumerate(CASES):
            requests, answers = recorded(workers[case.server], case.draw(snapshot, shop), case)
            asked.append(requests)
            bodies[f"/{number}"] = answers
        file = tmp_path_factory.mktemp("static") / "bodies.json"
        file.write_text(json.dumps(bodies))
        static = stack.enter_context(
            running_server("benchmarks.static_server", "--bodies", str(file), ready="/ready")
        )
        load = Load()
        stack.callback(load.close)
        pin([server.process.pid for server in (*workers.values(), static)], load.pid)
        yield Servers(workers, static, load, tuple(asked))


def recorded(
    worker: Server, requests: list[Request], case: Case
) -> tuple[list[Request], list[str]]:
    """The requests to send and the body that each is answered with."""
    sent, bodies = [], []
    for request in requests:
        asked = urllib.request.Request(worker.url(request.path), headers=dict(request.headers))
        with urllib.request.urlopen(asked) as answer:
            body, tag = answer.read().decode(), answer.headers["etag"]
        sent.append(Request(request.path, (("if-none-match", tag),)) if case.again else request)
        bodies.append("" if case.again else body)
    return sent, bodies


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.label for case in CASES])
def test_http(benchmark: BenchmarkFixture, servers: Servers, number: int) -> None:
    case = CASES[number]
    worker = servers.by_name[case.server]
    requests = servers.requests[number]
    plain = [
        Request(f"/{number}?" + (r.path.partition("?")[2] or "x=1"), r.headers) for r in requests
    ]
    status = 304 if case.again else 200
    asked, control = (
        Asked(servers.load, server, [request.head() for request in sent], REQUESTS, status)
        for server, sent in ((worker, requests), (servers.static, plain))
    )
    asked.send(kept=False)
    control.send(kept=False)

    measure: Callable[..., Any] = benchmark.pedantic  # untyped there
    measure(asked.send, setup=control.send, rounds=ROUNDS)

    if benchmark.stats is not None:
        _report(benchmark, case, asked, control)


def _report(benchmark: BenchmarkFixture, case: Case, asked: Asked, control: Asked) -> None:
    benchmark.extra_info |= {
        "label": case.label,
        "target": case.target,
        "median_us": asked.wall_us,
        "control_us": control.wall_us,
        "ratio": round(control.wall_us / asked.wall_us, 2),
        "quiet_ratio": round(control.cpu_us / asked.cpu_us, 2),
        "requests_per_second": round(1e6 / asked.wall_us),
        "cpu_us": round(asked.cpu_us, 1),
        "control_cpu_us": round(control.cpu_us, 1),
        "load_average": os.getloadavg()[0],
    }
