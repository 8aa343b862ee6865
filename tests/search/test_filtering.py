"""The best of the books that pass filters are those that are left of all, whatever was asked."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.synthetic import books as synthetic
from core.search import filters
from core.search.candidates import candidates
from core.search.matching import match
from core.search.request import SearchRequest, parse
from core.search.snapshot import Horizon
from core.search.understanding import understand
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

CATALOGUE = [book for batch in synthetic(3_000, seed=5) for book in batch]
GONE = [book.id for book in CATALOGUE[:90:3]]
LATE = [
    replace(book, categories=CATALOGUE[7].categories, stock=0, version=book.version + 1)
    for book in CATALOGUE[1:90:3]
]
NAMES = {
    "category": sorted({each.name for book in CATALOGUE for each in book.categories}),
    "author": sorted({each.name for book in CATALOGUE[:200] for each in book.authors}),
    "series": sorted({book.series.name for book in CATALOGUE if book.series}),
    "publisher": sorted({book.publisher.name for book in CATALOGUE if book.publisher}),
}
WORDS = sorted({word for book in CATALOGUE[:400] for word in book.title.lower().split()})


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    folder = tmp_path_factory.mktemp("index")
    writer = IndexWriter(folder)
    writer.rebuild([CATALOGUE], Horizon(1, 1), "")
    writer.apply(LATE, GONE, Horizon(2, 2), "")
    yield View(IndexReader(folder).current(), "EUR")
    writer.close()


@st.composite
def asked(draw: st.DrawFn) -> SearchRequest:
    pairs = [("q", " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))))]
    for name, known in NAMES.items():
        if draw(st.booleans()):
            some = draw(st.lists(st.sampled_from([*known, "Nobody"]), min_size=1, max_size=2))
            pairs += [(name, each) for each in some]
    if draw(st.booleans()):
        pairs.append(("in_stock", draw(st.sampled_from(["true", "false"]))))
    pairs.append(("match", draw(st.sampled_from(["any", "all"]))))
    return parse(pairs, SearchRequest)


@given(request=asked(), limit=st.sampled_from([1, 64, 300]))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_best_that_pass_are_what_is_left_of_all(
    view: View, request: SearchRequest, limit: int
) -> None:
    query = understand(view, request.q, fuzzy=True)
    matches = match(view, query, request.match, limit=64)
    chosen = filters.passing(view, request, matches.keys)

    found = candidates(view, query, matches, chosen, limit, within=filters.named(view, request))

    every: Any = view.snapshot.text.top(query.words, minimum=matches.minimum, limit=10_000)
    left = np.isin(every.keys, chosen)
    assert found.keys.tolist() == every.keys[left][:limit].tolist()
    assert found.scores.tolist() == every.scores[left][:limit].tolist()


@given(request=asked())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_books_that_pass_are_the_same_asked_one_by_one(view: View, request: SearchRequest) -> None:
    every = np.flatnonzero(view.snapshot.alive).astype(np.int32)

    few = [filters.passing(view, request, every[place::40]) for place in range(40)]

    assert sorted(np.concatenate(few)) == filters.passing(view, request, every).tolist()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked(), st.sampled_from(["", "category", "author", "availability"]))
def test_all_books_that_pass_are_those_that_the_mask_shows(
    view: View, request_: SearchRequest, skip: str
) -> None:
    everything = np.flatnonzero(view.snapshot.alive).astype(np.int32)

    passing = filters.passing(view, request_, everything, skip=skip)

    expected = np.flatnonzero(filters.mask(view, request_, skip=skip))
    assert passing.tolist() == expected.tolist()


def test_book_of_two_authors_of_one_name_is_counted_once(make: Any, index: Any, ask: Any) -> None:
    shop = index([make("Emma", "A. Smith", "A. Smith"), make("Dune", "F. Herbert")])

    answer = ask(shop, author="A. Smith", facets="availability")

    assert answer["count"] == 1
    assert [book["title"] for book in answer["results"]] == ["Emma"]
