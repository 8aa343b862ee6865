"""Which part of an answer takes which share of its time?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
asked 256 different questions of two words, with three facets. Each step is called alone, with what
the steps before it made. Left out: what a step costs more when its data has left the caches
meanwhile, so the shares add up to less than 1.

    just bench kernels

Control: the whole answer; a ratio of 0.2 is a fifth of it.
"""

from functools import partial

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import search_over, view_of
from benchmarks.kernels import KERNELS, steps_of
from benchmarks.pairs import compare
from benchmarks.questions import two_words
from core.search.request import SearchRequest, parse
from ext.tantivy_search.published import PublishedSnapshot


@pytest.mark.parametrize("label", KERNELS)
def test_kernel(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, label: str) -> None:
    view = view_of(snapshot)
    search = search_over(view)
    steps = [steps_of(view, asked.q) for asked in two_words(snapshot)]

    compare(
        benchmark,
        partial(KERNELS[label], view),
        {"the answer": lambda step: search.search(parse(step.pairs, SearchRequest))},
        steps,
        label=label,
    )
