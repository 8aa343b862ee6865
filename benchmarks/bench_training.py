"""How much longer does training's core take than one dense matrix's worth of the same acts?

Corpus: a seeded synthetic shop of 2,000 books (a fiftieth of BOOKWHEEL_BENCH_BOOKS, 1,000 at
least) and some 25 acts a book, of readers with tastes (`trainings.py`). Measured are the two steps
that most of a training is made of, each once: counting which books are read together, and solving a
small ridge regression for each. Left out: choosing among settings, which repeats them, content,
the exam, PostgreSQL (`python -m benchmarks.trainings` has all but the last, at full size).

    just bench bench_training

Control: the same shop with dense matrices: X'X of readers and books; and the inverse of that, which
is the model EASE^R. They grow with the square and the cube of the books, the steps with the acts:
here they are cheap, of 100,000 books they do not fit into memory.
"""

import numpy as np
import pytest
from msgspec import Struct
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import BOOKS
from benchmarks.pairs import compare
from benchmarks.trainings import synthetic
from core.recommendations.cooccurrence import Cooccurrence, count_together
from core.recommendations.interactions import Interactions
from core.recommendations.neighbours import Neighbours
from core.recommendations.ridge import local_ridge

SAMPLE = max(1_000, BOOKS // 50)
ACTS_A_BOOK = 50
"""Drawn; some half of them are of a book that the reader has read before."""
PARTNERS, PREDICTORS, NEIGHBOURS, PENALTY, PASSES = 300, 100, 100, 10.0, 3


class Shop(Struct, frozen=True, eq=False):
    acts: Interactions
    readings: NDArray[np.float32]
    """(readers, books), 1 where one has read the other."""


@pytest.fixture(scope="module")
def shop() -> Shop:
    acts = synthetic(SAMPLE, ACTS_A_BOOK * SAMPLE).interactions
    readings = np.zeros((int(acts.reader.max()) + 1, SAMPLE), np.float32)
    readings[acts.reader, acts.book] = 1
    return Shop(acts, readings)


def counted(shop: Shop) -> Cooccurrence:
    return count_together(shop.acts, SAMPLE, PARTNERS, lambda share: None)


def test_counting(benchmark: BenchmarkFixture, shop: Shop) -> None:
    together = compare(
        benchmark,
        lambda _: counted(shop),
        {"X'X, dense": lambda _: shop.readings.T @ shop.readings},
        [0],
        label=f"count what is read together, {len(shop.acts.book):,} acts, {SAMPLE:,} books",
        passes=PASSES,
    )

    assert together.partners.shape[0] == SAMPLE


def test_solving(benchmark: BenchmarkFixture, shop: Shop) -> None:
    together = counted(shop)
    gram = shop.readings.T @ shop.readings + PENALTY * np.eye(SAMPLE, dtype=np.float32)

    def solved(_: int) -> Neighbours:
        return local_ridge(
            together,
            predictors=PREDICTORS,
            penalty=PENALTY,
            keep=NEIGHBOURS,
            progress=lambda share: None,
        )

    lists = compare(
        benchmark,
        solved,
        {"EASE^R, dense": lambda _: np.linalg.inv(gram)},
        [0],
        label=f"solve a ridge for each of {SAMPLE:,} books",
        passes=PASSES,
    )

    assert len(lists.start) == SAMPLE + 1
