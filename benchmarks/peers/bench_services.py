"""How many requests does a service built in the usual way answer, on the same books and questions?

Corpus: the seeded synthetic catalogue (10,000 books unless BOOKWHEEL_BENCH_BOOKS says otherwise:
dense matrices of more would not fit). One process each on one core, asked in turns over 16
keep-alive connections by a client on the other: a worker of this project; Django REST framework
with PostgreSQL and scikit-learn under waitress (`django_shop` says how); FastAPI over this
project's own search under uvicorn. Two kinds of rows:

- "never asked before": 64 questions of two words, both required, or 64 books, over and over, of a
  worker that keeps no answer;
- "as a shop is asked": 1,024 such questions or books, the r-th as often as 1 / r, of a worker as it
  ships, which keeps answers in 16 MB. Beside the services as they are stands Django with its own
  cache of pages (`cache_page`, in memory), which answers from there as long as it lasts, whatever
  has changed meanwhile; this project's answers are of the index that is served.

Before anything is timed, counts are compared with plain loops over all books. Left out: what the
services do not have (metrics, conditional answers), which only this project's worker does here;
limits, for one client asks more than a client may.

    just bench peers

Control: each service that is here; ratio: the worker's throughput over the service's, quiet: the
same by processor time of the two processes (PostgreSQL's is not in it).
"""

import os
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from api.settings import Settings
from benchmarks.asked import Asked, pin
from benchmarks.bench_http import repeated
from benchmarks.corpus import BOOKS, SEED, synthetic_index, view_of
from benchmarks.load import Load
from benchmarks.peers.shelf import Truth, entry_of
from benchmarks.questions import drawn_rows, two_words
from benchmarks.servers import Server, running_server
from benchmarks.shop import open_shop
from benchmarks.synthetic import books
from ext.tantivy_search.published import PublishedSnapshot

ROUNDS, REQUESTS, QUESTIONS, WARMING = 4, 256, 64, 8
REPEATED = 1_024
DJANGO, FASTAPI = "Django REST, PostgreSQL", "FastAPI, own search"
CACHED = "Django REST with cache_page"
NEEDS = {
    DJANGO: ("django", "rest_framework", "psycopg", "sklearn", "waitress"),
    FASTAPI: ("fastapi",),
}
OWN = "/api/v1/search?fuzzy=off&match=all&"
Paths = Callable[[str], str]


class Services(Struct, frozen=True):
    """own: keeps no answers. keeping: as it ships. others: the services that are here."""

    own: Server
    keeping: Server
    others: dict[str, Server]
    load: Load
    truth: Truth


@pytest.fixture(scope="module")
def services(snapshot: PublishedSnapshot) -> Iterator[Services]:
    truth = Truth([entry_of(book) for batch in books(BOOKS, SEED) for book in batch])
    with ExitStack() as stack:
        shop = stack.enter_context(open_shop(snapshot, synthetic_index()))
        own = stack.enter_context(shop.worker())
        keeping = stack.enter_context(shop.worker(answer_memory_mb=Settings().answer_memory_mb))
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
        pin([server.process.pid for server in (own, keeping, *others.values())], load.pid)
        yield Services(own, keeping, others, load, truth)


def missing(name: str) -> list[str]:
    return [package for package in NEEDS[name] if find_spec(package) is None]


def asked(server: Server, path: str) -> Any:
    return msgspec.json.decode(server.body(path))


def questions(snapshot: PublishedSnapshot, truth: Truth, count: int = QUESTIONS) -> list[str]:
    drawn = [question.q for question in two_words(snapshot, 2 * count)]
    return [q for q in drawn if truth.holding(q)][:count]


def rows_of(snapshot: PublishedSnapshot, count: int = QUESTIONS) -> list[int]:
    return list(dict.fromkeys(drawn_rows(snapshot, 8 * count, seed=10).tolist()))[:count]


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
@pytest.mark.parametrize("again", [False, True], ids=["never asked before", "as a shop is asked"])
def test_search(
    benchmark: BenchmarkFixture,
    snapshot: PublishedSnapshot,
    services: Services,
    facets: bool,
    again: bool,
) -> None:
    if not services.others:
        pytest.skip("SKIPPED: no peer is here, see benchmarks/peers/requirements.txt")
    more = "" if facets else "&facets="
    drawn = questions(snapshot, services.truth, REPEATED if again else QUESTIONS)
    encoded = [urllib.parse.urlencode({"q": q}) + more for q in drawn]
    paths = {name: list(map(path_of(name), encoded)) for name in services.others}

    label = f"search, two words, {'three' if facets else 'no'} facets"
    in_turns(benchmark, services, [OWN + words for words in encoded], paths, label, again=again)


@pytest.mark.parametrize("again", [False, True], ids=["never asked before", "as a shop is asked"])
def test_similar(
    benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, services: Services, again: bool
) -> None:
    if DJANGO not in services.others:
        pytest.skip(f"SKIPPED {DJANGO}: no {', '.join(missing(DJANGO))}")
    rows, view = rows_of(snapshot, REPEATED if again else QUESTIONS), view_of(snapshot)
    own = [f"/api/v1/books/{view.id_of(row)}/similar" for row in rows]
    paths = {DJANGO: [f"/books/{row + 1}/similar" for row in rows]}

    in_turns(benchmark, services, own, paths, "similar, ten books", again=again)


def in_turns(
    benchmark: BenchmarkFixture,
    services: Services,
    own: list[str],
    paths: dict[str, list[str]],
    label: str,
    *,
    again: bool,
) -> None:
    server, called = services.own, "never asked before"
    paths = {name: paths[name] for name in NEEDS if name in paths}  # Django first: the target's
    if again:
        server, called = services.keeping, "as a shop is asked"
        if DJANGO in paths:
            paths = {**paths, CACHED: ["/cached" + path for path in paths[DJANGO]]}
        own, paths = repeated(own), {name: repeated(sent) for name, sent in paths.items()}
    worker = asking(services, server, own)
    others = {
        name: asking(services, services.others[DJANGO if name == CACHED else name], sent)
        for name, sent in paths.items()
    }
    for name, each in {**others, "own": worker}.items():
        for _ in range(WARMING if again and name in {CACHED, "own"} else 1):
            each.send(kept=False)

    def before() -> None:
        for each in others.values():
            each.send()

    measure: Callable[..., Any] = benchmark.pedantic  # untyped there
    measure(worker.send, setup=before, rounds=ROUNDS)
    benchmark.extra_info |= {
        "label": f"{label}, {called}: {1e6 / worker.wall_us:,.0f} a second",
        "target": "≥ 20" if DJANGO in paths else "",
        "median_us": worker.wall_us,
        "controls": {
            name: {
                "control_us": each.wall_us,
                "ratio": round(each.wall_us / worker.wall_us, 1),
                "quiet_ratio": round(each.cpu_us / worker.cpu_us, 1),
            }
            for name, each in others.items()
        },
        "load_average": os.getloadavg()[0],
    }


def asking(services: Services, server: Server, paths: list[str]) -> Asked:
    heads = [f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" for path in paths]
    return Asked(services.load, server, heads, REQUESTS)
