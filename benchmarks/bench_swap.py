"""How long is a worker busy with a new generation of the index, or with a new model?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
and a model of 100 drawn neighbours a book. Measured is what a worker does before it answers from
the new one: open, compare checksums that this machine has not compared since it started, take the
first question. Left out: building them; searches meanwhile (`benchmarks/swaps.py`).

    just bench swap

Control: Tantivy opening the bare text index; mapping the model's files and nothing else.
"""

from pathlib import Path

import numpy as np
import tantivy
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import open_index, search_over, synthetic_index, view_of
from benchmarks.drawn_model import drawn_arrays
from benchmarks.pairs import compare
from benchmarks.shop import drawn_manifest
from core.search.request import SearchRequest
from ext.model_files import ModelReader, publish
from ext.tantivy_search.published import PublishedSnapshot

PASSES = 20
QUESTION = SearchRequest(q="the sea", facets=())


def test_generation(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot) -> None:
    folder = synthetic_index()
    text = next(file.parent for file in folder.rglob("meta.json"))

    def swapped(_: int) -> object:
        return search_over(view_of(open_index(folder))).search(QUESTION).body

    body = compare(
        benchmark,
        swapped,
        {"Tantivy": lambda _: tantivy.Index.open(str(text)).searcher()},
        [0],
        label="open a generation and answer from it",
        passes=PASSES,
    )

    assert body


def test_model(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, tmp_path: Path) -> None:
    columns = snapshot.columns
    publish(tmp_path, drawn_arrays(columns.id_hi, columns.id_lo), drawn_manifest("main"))
    files = sorted(tmp_path.rglob("*.npy"))

    def opened(_: int) -> object:
        reader = ModelReader(tmp_path)
        reader.refresh()
        return reader.current()

    model = compare(
        benchmark,
        opened,
        {"mapping the files": lambda _: [np.load(file, mmap_mode="r") for file in files]},
        [0],
        label="open a model",
        passes=PASSES,
    )

    assert files
    assert model is not None
