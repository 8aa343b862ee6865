"""What does a suggestion, or a shelf of similar texts, cost beyond its bare look-up?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number).
256 beginnings of titles and authors of 2 to 12 letters, every fifth with a slip; 256 books.
Left out: HTTP.

    just bench suggestions

Control: for autocomplete a plain bisect in a sorted list of titles and ten of them taken, without
popularity, authors, later words or typos; for similar texts the query that is asked of Tantivy.
"""

from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

import msgspec
import numpy as np
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import search_over, view_of
from benchmarks.engine_calls import asking, similar_call
from benchmarks.pairs import compare
from benchmarks.questions import COUNT, drawn_rows, prefixes, shown, slipped
from core.search.autocomplete import folded
from core.search.service import Search
from ext.tantivy_search.published import PublishedSnapshot

SIMILAR = 10


def bisecting(snapshot: PublishedSnapshot) -> Callable[[str], list[str]]:
    """Ten titles from the first that begins so, or would."""
    titles = sorted_titles(snapshot)

    def found(typed: str) -> list[str]:
        first = bisect_left(titles, typed)
        return titles[first : first + 10]

    return found


@lru_cache(maxsize=1)
def sorted_titles(snapshot: PublishedSnapshot) -> list[str]:
    """Made once: decoding a million books takes a while."""
    return sorted(folded(shown(snapshot, row).title) for row in range(snapshot.rows))


def test_autocomplete(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot) -> None:
    search = search_over(view_of(snapshot))

    body = compare(
        benchmark,
        search.autocomplete,
        {"bisect": bisecting(snapshot)},
        prefixes(snapshot),
        label="autocomplete",
    )

    assert msgspec.json.decode(body)


def test_mistyped_autocomplete(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot) -> None:
    rng = np.random.default_rng(9)
    typed = [slipped(start, rng) for start in prefixes(snapshot, seed=9) if len(start) > 5]
    search = search_over(view_of(snapshot))

    compare(
        benchmark,
        search.autocomplete,
        {"bisect": bisecting(snapshot)},
        typed,
        label="autocomplete, one slip",
    )


def test_similar_texts(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot) -> None:
    view = view_of(snapshot)
    rows = list(dict.fromkeys(drawn_rows(snapshot, 8 * COUNT, seed=10).tolist()))[:COUNT]
    ids = [view.id_of(row) for row in rows]
    calls = {id_: similar_call(snapshot, row, SIMILAR) for id_, row in zip(ids, rows, strict=True)}
    search = search_over(view)

    body = compare(
        benchmark,
        lambda book_id: similar(search, book_id),
        {"Tantivy": asking(snapshot, calls)},
        ids,
        label="similar texts, ten books",
    )

    assert len(msgspec.json.decode(body)["results"]) == SIMILAR


def similar(search: Search, book_id: UUID) -> bytes:
    return search.similar(book_id)
