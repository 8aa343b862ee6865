"""How long does one page of recommendations take, and how long the training behind it?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
behind a model of 100 drawn neighbours a book; for training and quality goodbooks, where it lies
beside the project. Left out: HTTP, the reading of the reader's history, PostgreSQL.

    just bench recommend

Each carries its control: for serving the bare gather (the neighbours of the same history added
up by np.bincount, no filter, no reason, no JSON), for training a ranking by popularity and an
item-kNN by cosine. `extra_info` holds the ratios, and of a page the 99th percentile.
"""

import json
import os
import time
import zlib
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.drawn_model import drawn_arrays
from benchmarks.synthetic import books, text_of
from core.recommendations.content import content_neighbours
from core.recommendations.cooccurrence import count_together
from core.recommendations.evaluation import CUT, Ranker, measure
from core.recommendations.fold_in import Lists
from core.recommendations.history import NOTHING, History
from core.recommendations.interactions import Interactions
from core.recommendations.model import Model, Parameters, model_of
from core.recommendations.neighbours import Neighbours, keep_largest
from core.recommendations.popularity import ranking
from core.recommendations.rankers import item_ranker
from core.recommendations.ridge import local_ridge
from core.recommendations.service import Recommendations
from core.search.request import Filters
from core.search.snapshot import Horizon
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

BOOKS = int(os.environ.get("BOOKWHEEL_BENCH_BOOKS", "100000"))
GOODBOOKS = Path(__file__).parents[2] / "shared" / "data" / "goodbooks" / "ratings.csv.gz"
NEIGHBOURS = 100
T = TypeVar("T")


class Shop(NamedTuple):
    recommendations: Recommendations
    model: Model
    view: View


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("index")
    writer = IndexWriter(folder)
    writer.rebuild(books(BOOKS), Horizon(1, 1), "")
    view = View(IndexReader(folder).current(), "EUR")
    columns = view.snapshot.columns
    model = model_of("drawn", Parameters(), drawn_arrays(columns.id_hi, columns.id_lo))
    yield Shop(Recommendations(lambda: model, lambda: view), model, view)
    writer.close()


def _histories(shop: Shop, length: int) -> list[History]:
    rng = np.random.default_rng(length)
    made = []
    for _ in range(200):
        chosen = np.unique((BOOKS * rng.random(length) ** 3).astype(np.int32))
        ids = np.stack((shop.model.hi[chosen], shop.model.lo[chosen]), axis=1)
        stars = rng.integers(1, 6, len(chosen))
        made.append(History(ids, (stars / 5).astype(np.float32), stars >= 4))
    return made


def _bare_gather(shop: Shop, histories: list[History]) -> float:
    """Median microseconds of adding up the neighbours of each history, and nothing else."""
    lists = Lists(shop.model.neighbours)
    ordinals = [shop.model.ordinals_of(made.books[:, 0], made.books[:, 1]) for made in histories]
    times = []
    for made, known in zip(histories, ordinals, strict=True):
        began = time.perf_counter_ns()
        lists.scores(known, made.strengths)
        times.append(time.perf_counter_ns() - began)
    return float(np.median(times)) / 1_000


def _timed(benchmark: BenchmarkFixture, call: Callable[[], T], rounds: int = 1_000) -> T:
    answer: T = benchmark.pedantic(  # type: ignore[no-untyped-call]
        call, rounds=rounds, warmup_rounds=rounds // 5
    )
    return answer


def _report(benchmark: BenchmarkFixture, control_us: float) -> None:
    if benchmark.stats is not None:  # None under --benchmark-disable
        median, rounds = benchmark.stats.stats.median * 1e6, benchmark.stats.stats.data
        p99 = float(np.percentile(rounds, 99)) * 1e6
        benchmark.extra_info |= {
            "control_us": control_us,
            "ratio": round(median / control_us, 2),
            "p99_us": round(p99),
            "p99_over_p50": round(p99 / median, 2),
            "load_average": os.getloadavg()[0],
        }


@pytest.mark.parametrize("length", [1, 10, 50])
@pytest.mark.parametrize("filters", [Filters(), Filters(category=("Fantasy",), in_stock=True)])
def test_recommended(
    benchmark: BenchmarkFixture, shop: Shop, length: int, filters: Filters
) -> None:
    histories = _histories(shop, length)
    turns = cycle(histories)
    control = _bare_gather(shop, histories)

    body = _timed(benchmark, lambda: shop.recommendations.for_reader(next(turns), filters))

    assert len(json.loads(body)["results"]) == 20
    _report(benchmark, control)


@pytest.mark.parametrize("name", ["similar", "popular", "trending", "new_reader"])
def test_shelf(benchmark: BenchmarkFixture, shop: Shop, name: str) -> None:
    rng = np.random.default_rng(1)
    chosen = cycle(shop.view.id_of(row) for row in rng.integers(0, BOOKS, 200).tolist())
    asked: dict[str, Callable[[], bytes]] = {
        "similar": lambda: shop.recommendations.similar(next(chosen)),
        "popular": shop.recommendations.popular,
        "trending": shop.recommendations.trending,
        "new_reader": lambda: shop.recommendations.for_reader(NOTHING),
    }
    control = _bare_gather(shop, _histories(shop, 10))

    body = _timed(benchmark, asked[name])

    assert json.loads(body)["results"]
    _report(benchmark, control)


class Split(NamedTuple):
    """Every rating, and which a model must not see: crc32("user|book") % 5 == 0."""

    acts: Interactions
    held_out: NDArray[np.bool_]
    books: int


@pytest.fixture(scope="module")
def goodbooks() -> Split:
    if not GOODBOOKS.is_file():
        pytest.skip(f"{GOODBOOKS} is not here")
    ratings = pl.read_csv(GOODBOOKS)
    user, book, stars = (ratings[name].to_numpy() for name in ("user_id", "book_id", "rating"))
    held_out = np.fromiter(
        (
            zlib.crc32(f"{reader}|{item}".encode()) % 5 == 0
            for reader, item in zip(user.tolist(), book.tolist(), strict=True)
        ),
        np.bool_,
        len(user),
    )
    reader = np.unique(user, return_inverse=True)[1].astype(np.int32)
    acts = Interactions(
        reader,
        (book - 1).astype(np.int32),
        (stars * 20).astype(np.int32),
        np.zeros(len(user), np.int64),
    )
    return Split(acts, held_out, int(book.max()))


def test_training_and_its_quality(benchmark: BenchmarkFixture, goodbooks: Split) -> None:
    seen = goodbooks.acts.where(~goodbooks.held_out)

    lists = _timed(benchmark, lambda: _trained(seen, goodbooks.books), rounds=1)

    quality = {
        "local ridge": measure(item_ranker(lists, 0.0), *_asked(goodbooks)),
        "item-kNN": measure(item_ranker(_item_knn(seen, goodbooks.books), 0.0), *_asked(goodbooks)),
        "popularity": measure(_popularity(seen, goodbooks.books), *_asked(goodbooks)),
    }
    benchmark.extra_info |= {
        name: f"recall@10 {found.recall_at_10} nDCG@10 {found.ndcg_at_10} of {found.readers}"
        for name, found in quality.items()
    }
    assert quality["local ridge"].ndcg_at_10 > 1.15 * quality["item-kNN"].ndcg_at_10
    assert quality["item-kNN"].ndcg_at_10 > quality["popularity"].ndcg_at_10


def test_content_training(benchmark: BenchmarkFixture) -> None:
    texts = [text_of(book) for batch in books(10_000) for book in batch]

    lists = _timed(
        benchmark,
        lambda: content_neighbours(texts, keep=50, progress=lambda share: None),
        rounds=1,
    )

    assert len(lists.start) == len(texts) + 1


def _trained(seen: Interactions, count: int) -> Neighbours:
    together = count_together(seen, count, 300, lambda share: None)
    return local_ridge(
        together, predictors=100, penalty=10.0, keep=NEIGHBOURS, progress=lambda share: None
    )


def _asked(split: Split) -> tuple[Interactions, NDArray[np.bool_]]:
    """The ratings of 5,000 readers with a liked book held out and a book left, and their split."""
    liked = split.acts.reader[split.held_out & (split.acts.strength >= 80)]
    both = np.intersect1d(liked, split.acts.reader[~split.held_out])
    asked = np.random.default_rng(0).choice(both, 5_000, replace=False)
    rows = np.isin(split.acts.reader, asked)
    return split.acts.where(rows), split.held_out[rows]


def _item_knn(seen: Interactions, count: int) -> Neighbours:
    """Cosine with shrinkage 20 in co-readings, as the data set's own floor was measured."""
    ones = seen._replace(strength=np.full(len(seen.book), 100, np.int32))
    together = count_together(ones, count, 2_000, lambda share: None)
    length = np.sqrt(together.alone)
    shrunk = together.together / (length[:, None] * length[together.partners] + 20)
    real = together.partners >= 0
    source = np.repeat(np.arange(count, dtype=np.int32), real.sum(axis=1))
    return keep_largest(source, together.partners[real], shrunk[real], books=count, keep=2_000)


def _popularity(seen: Interactions, count: int) -> Ranker:
    ranked = ranking(np.bincount(seen.book, minlength=count).astype(np.float32), 1_000)
    return lambda history, strengths: ranked[: CUT + len(history)]
