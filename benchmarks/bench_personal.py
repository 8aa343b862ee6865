"""Which part of a reader's page of recommendations takes which share?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
behind a model of 100 drawn neighbours a book; 256 readers of 50 books each. Left out: HTTP, the
reading of a history from PostgreSQL.

    just bench personal

Control: the bare gather of the same history's neighbours by np.bincount: no filter, no reason, no
blend, no JSON.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import view_of
from benchmarks.drawn_model import drawn_arrays
from benchmarks.pairs import compare
from benchmarks.questions import COUNT
from core.recommendations.blend import reader_picks
from core.recommendations.diversity import considered
from core.recommendations.fold_in import Lists
from core.recommendations.history import History
from core.recommendations.model import Model, Parameters, model_of
from core.recommendations.personal import personal
from core.recommendations.pick import answer
from core.recommendations.reading import Reading, reading_of
from core.recommendations.scene import Scene
from core.recommendations.scenes import Scenes
from core.search.request import Filters
from ext.tantivy_search.published import PublishedSnapshot

READ, PAGE = 50, 20
NO_FILTERS = Filters()


class Reader(Struct, frozen=True, eq=False):
    history: History
    reading: Reading


@pytest.fixture(scope="module")
def scene(snapshot: PublishedSnapshot) -> Scene:
    columns = snapshot.columns
    model = model_of("drawn", Parameters(), drawn_arrays(columns.id_hi, columns.id_lo))
    view = view_of(snapshot)
    return Scenes(lambda: model, lambda: view).now()


def model_in(scene: Scene) -> Model:
    assert scene.model is not None
    return scene.model


def readers(scene: Scene) -> list[Reader]:
    """Popular books more often, as histories are."""
    drawn, model = np.random.default_rng(READ), model_in(scene)
    made = []
    for _ in range(COUNT):
        books = np.unique((len(model.hi) * drawn.random(READ) ** 3).astype(np.int32))
        stars = drawn.integers(1, 6, len(books))
        ids = np.stack((model.hi[books], model.lo[books]), axis=1)
        history = History(ids, (stars / 5).astype(np.float32), stars >= 4)
        made.append(Reader(history, reading_of(scene, history)))
    return made


def fold_in(scene: Scene, reader: Reader) -> object:
    count = considered(round(0.7 * PAGE))
    return personal(scene, reader.reading, NO_FILTERS, count)


STEPS: dict[str, Callable[[Scene, Reader], object]] = {
    "place the history in the index": lambda scene, reader: reading_of(scene, reader.history),
    "fold in, best books first": fold_in,
    "… blend with the crowd, diversify, give reasons": lambda scene, reader: reader_picks(
        scene, reader.history, NO_FILTERS, PAGE
    ),
    "… and encode: the whole page": lambda scene, reader: answer(
        scene, reader_picks(scene, reader.history, NO_FILTERS, PAGE)
    ),
}


@pytest.mark.parametrize("label", STEPS)
def test_page(benchmark: BenchmarkFixture, scene: Scene, label: str) -> None:
    lists = Lists(model_in(scene).neighbours)

    def bare_gather(reader: Reader) -> object:
        return lists.scores(reader.reading.ordinals, reader.history.strengths)

    compare(
        benchmark,
        partial(STEPS[label], scene),
        {"bare gather": bare_gather},
        readers(scene),
        label=label,
    )
