"""How many requests does a service built in the usual way answer, on the same books and questions?

Corpus: the seeded synthetic catalogue (10,000 books unless BOOKWHEEL_BENCH_BOOKS says otherwise:
dense matrices of more would not fit), 64 questions of two words, both required; 64 books. One
process each on one core, asked in turns over 16 keep-alive connections by a client on the other:
a worker of this project that keeps no answers; Django REST framework with PostgreSQL and
scikit-learn under waitress (`django_shop` says how); FastAPI over this project's own search
under uvicorn. Before anything is timed, counts are compared with plain loops over all books. Left
out: what the services do not have (limits, metrics, conditional answers), which only this
project's worker does here.

    just bench peers

Control: each service that is here; ratio: the worker's throughput over the service's, quiet: the
same by processor time of the two processes (PostgreSQL's is not in it).
"""

import os
import statistics
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.bench_http import pin
from benchmarks.corpus import BOOKS, SEED, synthetic_index, view_of
from benchmarks.load import Job, Load
from benchmarks.peers.shelf import Truth, entry_of
from benchmarks.questions import drawn_rows, two_words
from benchmarks.servers import Server, running_server
from benchmarks.shop import open_shop
from benchmarks.synthetic import books
from ext.tantivy_search.published import PublishedSnapshot

ROUNDS, REQUESTS, QUESTIONS = 4, 512, 64
DJANGO, FASTAPI = "Django REST, PostgreSQL", "FastAPI, own search"
NEEDS = {
    DJANGO: ("django", "rest_framework", "psycopg", "sklearn", "waitress"),
    FASTAPI: ("fastapi",),
}
OWN = "/api/v1/search?fuzzy=off&match=all&"
Paths = Callable[[str], str]


class Services(Struct, frozen=True):
    """paths: of each kind of request, by server. others: the services that are here."""

    own: Server
    others: dict[str, Server]
    load: Load
    truth: Truth


@pytest.fixture(scope="module")
def services(snapshot: PublishedSnapshot) -> Iterator[Services]:
    truth = Truth([entry_of(book) for batch in books(BOOKS, SEED) for book in batch])
    with ExitStack() as stack:
        shop = stack.enter_context(open_shop(snapshot, synthetic_index()))
        own = stack.enter_context(shop.worker())
        others = {}
        if not missing(FASTAPI):
            others[FASTAPI] = stack.enter_context(
                running_server("benchmarks.peers.fastapi_service", ready="/ready")
            )
        if not missing(DJANGO):
            environment = {"BOOKWHEEL_PEER_DATABASE": shop.settings.database_url}
            fill = (sys.executable, "-m", "benchmarks.peers.django_shop", "--fill", str(BOOKS))
            subprocess.run(fill, env={**os.environ, **environment}, check=True)
            others[DJANGO] = stack.enter_context(
                running_server(
                    "benchmarks.peers.django_shop", ready="/ready", environment=environment
                )
            )
        load = Load()
        stack.callback(load.close)
        pin([server.process.pid for server in (own, *others.values())], load.pid)
        yield Services(own, others, load, truth)


def missing(name: str) -> list[str]:
    return [package for package in NEEDS[name] if find_spec(package) is None]


def asked(server: Server, path: str) -> Any:
    with urllib.request.urlopen(server.url(path)) as answer:
        return msgspec.json.decode(answer.read())


def questions(snapshot: PublishedSnapshot, truth: Truth) -> list[str]:
    drawn = [question.q for question in two_words(snapshot, 2 * QUESTIONS)]
    return [q for q in drawn if truth.holding(q)][:QUESTIONS]


@pytest.mark.parametrize("name", NEEDS)
def test_answers_mean_the_same(snapshot: PublishedSnapshot, services: Services, name: str) -> None:
    if absent := missing(name):
        pytest.skip(
            f"SKIPPED {name}: no {', '.join(absent)}, see benchmarks/peers/requirements.txt"
        )
    for q in questions(snapshot, services.truth):
        words, holding = urllib.parse.urlencode({"q": q}), services.truth.holding(q)
        own = asked(services.own, OWN + words)
        other = asked(services.others[name], path_of(name)(words))
        assert own["count"] >= len(holding), q  # other forms of the words beside them
        if name == DJANGO:
            assert other["count"] == len(holding), q
        else:
            assert [hit["id"] for hit in other["results"]] == [hit["id"] for hit in own["results"]]


def path_of(name: str) -> Paths:
    more = "&fuzzy=off&match=all" if name == FASTAPI else ""
    return lambda words: f"/search?{words}{more}"


@pytest.mark.parametrize("facets", [False, True], ids=["no facets", "three facets"])
def test_search(
    benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, services: Services, facets: bool
) -> None:
    if not services.others:
        pytest.skip("SKIPPED: no peer is here, see benchmarks/peers/requirements.txt")
    more = "" if facets else "&facets="
    encoded = [urllib.parse.urlencode({"q": q}) + more for q in questions(snapshot, services.truth)]
    paths = {name: list(map(path_of(name), encoded)) for name in services.others}

    label = f"search, two words, {'three' if facets else 'no'} facets"
    in_turns(benchmark, services, [OWN + words for words in encoded], paths, label)


def test_similar(
    benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, services: Services
) -> None:
    if DJANGO not in services.others:
        pytest.skip(f"SKIPPED {DJANGO}: no {', '.join(missing(DJANGO))}")
    rows = list(dict.fromkeys(drawn_rows(snapshot, 8 * QUESTIONS, seed=10).tolist()))[:QUESTIONS]
    view = view_of(snapshot)
    own = [f"/api/v1/books/{view.id_of(row)}/similar" for row in rows]
    paths = {DJANGO: [f"/books/{row + 1}/similar" for row in rows]}

    in_turns(benchmark, services, own, paths, "similar, ten books")


class Turns:
    """One server's rounds: microseconds by the clock and of processor, a request."""

    def __init__(self, load: Load, server: Server, paths: list[str]) -> None:
        self._load, self._server = load, server
        self._heads = [f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" for path in paths]
        self._rounds: list[tuple[float, float]] = []

    def send(self, *, kept: bool = True) -> None:
        processor = self._server.cpu_us()
        result = self._load.send(Job(self._server.port, self._heads, REQUESTS))
        processor = self._server.cpu_us() - processor
        assert result.statuses == {200: REQUESTS}
        if kept:
            self._rounds.append((1e6 * result.seconds / REQUESTS, processor / REQUESTS))

    @property
    def wall_us(self) -> float:
        return statistics.median(wall for wall, _ in self._rounds)

    @property
    def processor_us(self) -> float:
        return statistics.median(processor for _, processor in self._rounds)


def in_turns(
    benchmark: BenchmarkFixture,
    services: Services,
    own: list[str],
    paths: dict[str, list[str]],
    label: str,
) -> None:
    worker = Turns(services.load, services.own, own)
    others = {
        name: Turns(services.load, services.others[name], asked) for name, asked in paths.items()
    }
    for each in (worker, *others.values()):
        each.send(kept=False)

    def before() -> None:
        for each in others.values():
            each.send()

    measure: Callable[..., Any] = benchmark.pedantic  # untyped there
    measure(worker.send, setup=before, rounds=ROUNDS)
    benchmark.extra_info |= {
        "label": label,
        "median_us": worker.wall_us,
        "controls": {
            name: {
                "control_us": each.wall_us,
                "ratio": round(each.wall_us / worker.wall_us, 1),
                "quiet_ratio": round(each.processor_us / worker.processor_us, 1),
            }
            for name, each in others.items()
        },
        "load_average": os.getloadavg()[0],
    }
