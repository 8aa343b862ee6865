"""What does it cost to find out what was meant by a mistyped word?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
256 questions of two words, one of them with a slip that makes it unknown; the words are understood,
nothing is searched. Left out: whether the right word is found (the tests on real misspellings and
`benchmarks/corrections.py` tell).

    just bench corrections

Control: the same words understood with corrections off: analysis and look-ups alone.
"""

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import view_of
from benchmarks.pairs import compare
from benchmarks.questions import mistyped
from core.search.understanding import Understood, understand
from ext.tantivy_search.published import PublishedSnapshot


def test_correction(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot) -> None:
    view = view_of(snapshot)

    found: Understood = compare(
        benchmark,
        lambda q: understand(view, q, fuzzy=True),
        {"not corrected": lambda q: understand(view, q, fuzzy=False)},
        [asked.q for asked in mistyped(snapshot)],
        label="two words, one of them corrected",
    )

    assert found.words
