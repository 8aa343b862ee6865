"""Does each class of question keep the time that was planned for it at a million books?

Corpus: the seeded synthetic catalogue, 100,000 books, whereas plans are of a million
(BOOKWHEEL_BENCH_BOOKS=1000000); 128 questions of each class, in the handler: from query parameters
to the answer's bytes. Left out: HTTP, answers that are kept.

    BOOKWHEEL_BENCH_BOOKS=1000000 just bench classes

Control: the query that the question comes to, asked of Tantivy by itself; for suggestions and
browsing, which ask it nothing, a bare bisect and a bare argpartition. target: the median planned,
on a quiet machine.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.bench_search import Ask, Pairs, answer, in_category
from benchmarks.bench_suggestions import bisecting
from benchmarks.corpus import search_over, view_of
from benchmarks.engine_calls import asking, search_call
from benchmarks.pairs import compare
from benchmarks.questions import Question, head_words, mistyped, prefixes, two_words
from core.search.ranking import Taste
from core.search.request import SearchRequest, parse
from core.search.service import Search
from ext.tantivy_search.published import PublishedSnapshot

QUESTIONS, PASSES = 128, 6
TASTE = Taste({"Fantasy": 1.0, "Poetry": 0.5})
SORTS = ("popular", "price", "rating", "date")


class Class(Struct, frozen=True):
    """draw: whose words are typed; ask: with what besides. target: as the table shows it."""

    draw: Callable[[PublishedSnapshot, int], list[Question]]
    ask: Ask
    target: str = ""
    taste: Taste | None = None


def typed(**more: str) -> Ask:
    return lambda asked: (("q", asked.q), *more.items())


CLASSES = {
    "one term": Class(head_words, typed(facets=""), "≤ 125 µs"),
    "two words, both required": Class(two_words, typed(facets="", match="all"), "≤ 90 µs"),
    "either of two words": Class(two_words, typed(facets="", match="any"), "≤ 380 µs"),
    "two filters": Class(
        two_words, lambda asked: (*in_category(asked), ("facets", "")), "≤ 460 µs"
    ),
    "re-ranked with taste": Class(two_words, typed(facets=""), "≤ 670 µs", TASTE),
    "text and three facets": Class(two_words, typed(), "≤ 2000 µs"),
    "one word mistyped": Class(mistyped, typed(facets="")),
}


def tasted(search: Search, taste: Taste | None, pairs: Pairs) -> bytes:
    return search.search(parse(pairs, SearchRequest), taste).body


@pytest.mark.parametrize("label", CLASSES)
def test_class(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, label: str) -> None:
    kind, search = CLASSES[label], search_over(view_of(snapshot))
    questions = [kind.ask(asked) for asked in kind.draw(snapshot, QUESTIONS)]
    calls = {each: search_call(snapshot, search, parse(each, SearchRequest)) for each in questions}

    body = compare(
        benchmark,
        partial(tasted, search, kind.taste),
        {"Tantivy": asking(snapshot, calls)},
        questions,
        label=label,
        target=kind.target,
        passes=PASSES,
    )

    assert body


def test_suggestion(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot) -> None:
    search = search_over(view_of(snapshot))

    compare(
        benchmark,
        search.autocomplete,
        {"bisect": bisecting(snapshot)},
        prefixes(snapshot, QUESTIONS),
        label="suggestion",
        target="≤ 50 µs",
        passes=PASSES,
    )


@pytest.mark.parametrize(
    ("label", "fixed"),
    [
        ("browse a category, three facets", (("category", "Poetry"),)),
        ("browse the shop, three facets", ()),
    ],
)
def test_browsing(
    benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, label: str, fixed: Pairs
) -> None:
    search = search_over(view_of(snapshot))
    column = np.array(snapshot.columns.price_minor)

    compare(
        benchmark,
        partial(answer, search),
        {"argpartition": lambda _: np.argpartition(column, 20)[:20]},
        [(("sort", sort), *fixed) for sort in SORTS],
        label=label,
        target="≤ 450 µs",
        passes=25,
    )
