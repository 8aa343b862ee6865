"""How much does an answer of search cost beyond what Tantivy needs to find its books?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
asked 256 different questions of each kind, as people type them: words of one book, popular books
more often. Measured is the handler's time: query parameters to the answer's bytes. Left out: HTTP
(bench_http.py), the worth of the order (the tests on real catalogues).

    just bench search

Control: the query that the question comes to, asked of Tantivy once by itself, without filters and
for as many books as are re-ranked; beside it for twenty. An answer whose query had to be relaxed
has asked for the stricter one, too. Where no text is asked, a bare argpartition of the column
sorted by.
"""

from collections.abc import Callable
from functools import partial

import msgspec
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import BOOKS, search_over, view_of
from benchmarks.engine_calls import asking, search_call
from benchmarks.pairs import compare
from benchmarks.questions import COUNT, Question, head_words, mistyped, two_words
from core.search.request import SearchRequest, parse
from core.search.service import Search
from ext.tantivy_search.published import PublishedSnapshot

Pairs = tuple[tuple[str, str], ...]
Ask = Callable[[Question], Pairs]
NO_FACETS = ("facets", "")
PAGE = 20


def answer(search: Search, pairs: Pairs) -> bytes:
    """What GET /search does between the query string and the body."""
    return search.search(parse(pairs, SearchRequest)).body


def in_category(asked: Question) -> Pairs:
    category = asked.book.categories[0].name
    return (("q", asked.q), ("category", category), ("in_stock", "true"))


TEXTS: dict[str, tuple[Callable[[PublishedSnapshot], list[Question]], Ask, str]] = {
    "one head word, no facets": (head_words, lambda asked: (("q", asked.q), NO_FACETS), ""),
    "two words, no facets": (two_words, lambda asked: (("q", asked.q), NO_FACETS), "≤ 2.5"),
    "two words, three facets": (two_words, lambda asked: (("q", asked.q),), "≤ 5"),
    "one head word, three facets": (head_words, lambda asked: (("q", asked.q),), ""),
    "two words, one mistyped, three facets": (mistyped, lambda asked: (("q", asked.q),), ""),
    "two words, two filters, three facets": (two_words, in_category, ""),
    "two words, highlighted, three facets": (
        two_words, lambda asked: (("q", asked.q), ("highlight", "true")), "",
    ),
    "one head word, page 50, no facets": (
        head_words, lambda asked: (("q", asked.q), ("page", "50"), NO_FACETS), "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("label", TEXTS)
def test_search(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, label: str) -> None:
    draw, ask, target = TEXTS[label]
    questions = [ask(asked) for asked in draw(snapshot)]
    search = search_over(view_of(snapshot))
    calls = {
        question: search_call(snapshot, search, parse(question, SearchRequest))
        for question in questions
    }

    body = compare(
        benchmark,
        partial(answer, search),
        {"Tantivy": asking(snapshot, calls), "Tantivy for 20": asking(snapshot, calls, PAGE)},
        questions,
        label=label,
        target=target,
    )

    assert len(questions) > 0.75 * COUNT
    assert msgspec.json.decode(body)["count"] >= 0


SORTS = ("popular", "price", "rating", "date")
BROWSING: dict[str, Pairs] = {
    "browse the shop, three facets": (),
    "browse a category, three facets": (("category", "Poetry"),),
    "browse page 400, no facets": (("page", "400"), NO_FACETS),
}


@pytest.mark.parametrize("label", BROWSING)
def test_browse(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, label: str) -> None:
    if ("page", "400") in BROWSING[label] and BOOKS < 400 * PAGE:
        pytest.skip(f"{BOOKS:,} books have no page 400")
    questions = [(("sort", sort), *BROWSING[label]) for sort in SORTS]
    search = search_over(view_of(snapshot))
    column = np.array(snapshot.columns.price_minor)

    body = compare(
        benchmark,
        partial(answer, search),
        {"argpartition": lambda _: np.argpartition(column, 20)[:20]},
        questions,
        label=label,
        passes=100,
    )

    assert len(msgspec.json.decode(body)["results"]) == 20
