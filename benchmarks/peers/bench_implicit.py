"""How long does the `implicit` library take to serve what a page of recommendations is made of?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number);
256 readers of 50 books each, none of them in the model. `implicit` folds the reader into 64 factors
of alternating least squares and gives the 20 best unread ids; this project gathers neighbours,
leaves out what was read and is out of stock, blends with the crowd, diversifies, finds reasons and
encodes the page. Before anything is timed both must give twenty unread books. Left out: quality
(`bookwheel evaluate recommendations` measures ALS), training.

    just bench peers

Control: `implicit`'s ids without any of the rest; its item-to-item cosine neighbours, likewise.
"""

import warnings

import msgspec
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.bench_personal import readers, scene
from benchmarks.corpus import BOOKS, view_of
from benchmarks.pairs import compare
from core.recommendations.scene import Scene
from core.recommendations.service import Recommendations
from ext.tantivy_search.published import PublishedSnapshot

__all__ = ["scene"]
KNOWN_READERS, READ, PAGE = 5_000, 40, 20
PACKAGES = "SKIPPED implicit: not here, see benchmarks/peers/requirements.txt"


def test_recommended(
    benchmark: BenchmarkFixture,
    snapshot: PublishedSnapshot,
    scene: Scene,
) -> None:
    als = pytest.importorskip("implicit.als", reason=PACKAGES)
    nearest = pytest.importorskip("implicit.nearest_neighbours", reason=PACKAGES)
    sparse = pytest.importorskip("scipy.sparse", reason=PACKAGES)
    drawn = np.random.default_rng(5)
    read = (BOOKS * drawn.random(KNOWN_READERS * READ) ** 3).astype(np.int32)
    reader = np.repeat(np.arange(KNOWN_READERS), READ)
    ratings = sparse.csr_matrix(
        (np.ones(len(read), np.float32), (reader, read)), shape=(KNOWN_READERS, BOOKS)
    )
    factors = als.AlternatingLeastSquares(factors=64, iterations=3, num_threads=1)
    factors.fit(ratings, show_progress=False)
    cosine = nearest.CosineRecommender(K=100, num_threads=1)
    with warnings.catch_warnings(action="ignore"):  # it warns of its own matrices
        cosine.fit(ratings, show_progress=False)
    asked = readers(scene)
    rows = {
        id(each): sparse.csr_matrix(
            (
                each.history.strengths,
                (np.zeros(len(each.reading.ordinals), int), each.reading.ordinals),
            ),
            shape=(1, BOOKS),
        )
        for each in asked
    }
    view = view_of(snapshot)
    service = Recommendations(lambda: scene.model, lambda: view)
    ids, _ = factors.recommend(0, rows[id(asked[0])], N=PAGE, recalculate_user=True)
    assert len(set(ids.tolist()) - set(asked[0].reading.ordinals.tolist())) == PAGE

    body = compare(
        benchmark,
        lambda each: service.for_reader(each.history),
        {
            "ALS, 64 factors": lambda each: factors.recommend(
                0, rows[id(each)], N=PAGE, recalculate_user=True
            ),
            "cosine neighbours": lambda each: cosine.recommend(
                0, rows[id(each)], N=PAGE, recalculate_user=True
            ),
        },
        asked,
        label="a page of 20 for a reader of 50",
    )

    assert len(msgspec.json.decode(body)["results"]) == PAGE
