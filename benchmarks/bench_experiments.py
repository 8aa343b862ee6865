"""What does an experiment cost a request?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
behind a model of 100 drawn neighbours a book; histories of 10 books, queries of two words. Left
out: HTTP, PostgreSQL, and the writing of exposures, which happens behind the answers.

    just bench bench_experiments

The control of each is the same call with no experiment running, in turn with it in the same run;
`extra_info` holds the ratio.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from api.running import Running, Subject
from benchmarks.corpus import BOOKS
from benchmarks.drawn_model import drawn_arrays
from core.experiments.assignment import seed_of, variant_of
from core.experiments.experiment import Experiment, Method, Surface, Variant
from core.recommendations.history import History
from core.recommendations.mix import Mix
from core.recommendations.model import Model, Parameters, model_of
from core.recommendations.service import Recommendations
from core.search.drafting import Draft
from core.search.ranking import Weights
from core.search.request import Filters, SearchRequest
from core.search.service import Search
from core.search.view import View
from ext.tantivy_search.published import PublishedSnapshot

ROUNDS = 600
SUBJECTS = [Subject(UUID(int=number * 7919), None) for number in range(200)]


class Shop(NamedTuple):
    recommendations: Recommendations
    search: Search
    histories: list[History]
    queries: list[SearchRequest]


@pytest.fixture(scope="module")
def shop(snapshot: PublishedSnapshot) -> Shop:
    view = View(snapshot, "EUR")
    columns = snapshot.columns
    model = model_of("drawn", Parameters(), drawn_arrays(columns.id_hi, columns.id_lo))
    titles = [view.snapshot.list_json(row) for row in range(0, BOOKS, BOOKS // 200)]
    words = [title.split(b'"title":"')[1].split(b'"')[0].decode().split()[:2] for title in titles]
    return Shop(
        Recommendations(lambda: model, lambda: view),
        Search(lambda: view, weights=Weights(), secret=b"bench"),
        [_history(model, seed) for seed in range(200)],
        [SearchRequest(q=" ".join(each)) for each in words],
    )


def _history(model: Model, seed: int) -> History:
    rng = np.random.default_rng(seed)
    chosen = np.unique((BOOKS * rng.random(10) ** 3).astype(np.int32))
    ids = np.stack((model.hi[chosen], model.lo[chosen]), axis=1)
    return History(ids, np.ones(len(chosen), np.float32), np.ones(len(chosen), np.bool_))


def experiment(surface: Surface, method: Method) -> Experiment:
    change: dict[str, Any] = {"mix": Mix(0.9, 0.2)}
    if surface == "search":
        change = {"weights": (0.7, 0.2, 0.1)}
    return Experiment(
        id=UUID(int=1),
        name="bench",
        surface=surface,
        method=method,
        goal="click",
        traffic=1.0,
        variants=(Variant("as is"), Variant("changed", **change)),
        started_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


def _in_turn(
    benchmark: BenchmarkFixture, control: Callable[[], object], tried: Callable[[], object]
) -> None:
    """Times `tried`, each time after the control of the same round."""
    times: list[int] = []

    def before() -> None:
        began = time.perf_counter_ns()
        control()
        times.append(time.perf_counter_ns() - began)

    benchmark.pedantic(tried, setup=before, rounds=ROUNDS, warmup_rounds=ROUNDS // 5)  # type: ignore[no-untyped-call]
    if benchmark.stats is not None:  # None under --benchmark-disable
        control_us = median(times) / 1_000
        took_us = benchmark.stats.stats.median * 1e6
        benchmark.extra_info |= {
            "control_us": round(control_us, 1),
            "ratio": round(took_us / control_us, 2),
        }


@pytest.mark.parametrize("method", ["split", "interleaved"])
def test_shelf(benchmark: BenchmarkFixture, shop: Shop, method: Method) -> None:
    running, tried = Running([]), experiment("recommended", method)
    turns: Iterator[int] = cycle(range(200))
    mixes = (tried.variants[0].mixed, tried.variants[1].mixed)

    def control() -> bytes:
        return shop.recommendations.for_reader(shop.histories[next(turns)])

    def shown() -> None:
        turn = next(turns)
        subject = SUBJECTS[turn]
        variant = variant_of(tried, subject.id) or 0
        if method == "split":
            mix = tried.variants[variant].mixed
            body, teams = shop.recommendations.for_reader(shop.histories[turn], mix=mix), b""
        else:
            seed = seed_of(tried, subject.id)
            body, teams = shop.recommendations.interleaved(
                shop.histories[turn], Filters(), mixes, seed
            )
        running.note(tried, subject, body, variant=variant, teams=teams)

    _in_turn(benchmark, control, shown)


@pytest.mark.parametrize("method", ["split", "interleaved"])
def test_search(benchmark: BenchmarkFixture, shop: Shop, method: Method) -> None:
    running, tried = Running([]), experiment("search", method)
    turns: Iterator[int] = cycle(range(200))
    weights = (tried.variants[0].weighed, tried.variants[1].weighed)

    def control() -> bytes:
        return shop.search.search(shop.queries[next(turns)]).body

    def shown() -> None:
        turn = next(turns)
        subject, asked = SUBJECTS[turn], shop.queries[turn]
        variant = variant_of(tried, subject.id) or 0
        if method == "split":
            found = shop.search.search(asked, weights=weights[variant])
            running.note(tried, subject, found.body, variant=variant)
        else:
            draft = Draft(weights, seed_of(tried, subject.id, asked.q.encode()))
            found = shop.search.search(asked, draft=draft)
            running.note(tried, subject, found.body, teams=draft.shown)

    _in_turn(benchmark, control, shown)


def test_nothing_runs(benchmark: BenchmarkFixture) -> None:
    """A hundred thousand looks for an experiment, beside as many turns of an empty loop."""
    running = Running([])

    def control() -> None:
        for _ in range(100_000):
            pass

    def look() -> None:
        for _ in range(100_000):
            if running.search is not None:
                raise AssertionError

    benchmark.extra_info["looks"] = 100_000
    _in_turn(benchmark, control, look)
