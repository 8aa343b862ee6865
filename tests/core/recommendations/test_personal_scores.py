"""What a history says of books: sums that filters and sizes do not change."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.recommendations import scoring
from core.recommendations.fold_in import Lists
from core.recommendations.neighbours import keep_largest
from core.recommendations.personal import personal
from core.recommendations.reading import reading_of
from core.recommendations.scenes import Scenes
from core.recommendations.scoring import Scratch, Wanted
from core.search.filters import TESTS, mask
from core.search.request import Filters
from tests.core.recommendations.drawn import BOOKS, CHOICES, RATINGS


@settings(max_examples=40, deadline=None)
@given(RATINGS, CHOICES)
def test_filtering_equals_filtering_afterwards(
    shop: Any, ratings: dict[int, int], asked: dict[str, Any]
) -> None:
    filters = msgspec.convert(asked, Filters, strict=False)
    scene = Scenes(lambda: shop.model, lambda: shop.view).now()
    reading = reading_of(scene, shop.history(ratings))
    passed = mask(shop.view, filters)

    filtered = personal(scene, reading, filters, BOOKS)
    unfiltered = personal(scene, reading, Filters(), BOOKS)

    kept = passed[unfiltered.rows] if unfiltered is not None else np.zeros(0, np.bool_)
    if filtered is None:
        assert not kept.any()
        return
    assert unfiltered is not None
    assert filtered.rows.tolist() == unfiltered.rows[kept].tolist()
    afterwards = unfiltered.scores[kept]
    np.testing.assert_allclose(filtered.scores, afterwards / afterwards.max(), rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(RATINGS)
def test_what_the_books_of_a_history_say_adds_up_to_the_score(
    shop: Any, ratings: dict[int, int]
) -> None:
    scene = Scenes(lambda: shop.model, lambda: shop.view).now()
    reading = reading_of(scene, shop.history(ratings))

    found = personal(scene, reading, Filters(), 20)

    if found is not None:
        said = found.said(scene, found.books).sum(axis=1)
        scores = said * scene.worth[found.books] / found.top
        np.testing.assert_allclose(scores, found.scores, rtol=1e-4, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(CHOICES, st.lists(st.integers(0, BOOKS - 1), min_size=1, max_size=30))
def test_a_filter_says_the_same_of_some_rows_as_of_all(
    shop: Any, asked: dict[str, Any], rows: list[int]
) -> None:
    filters = msgspec.convert(asked, Filters, strict=False)
    some = np.array(rows, np.int32)
    everything = mask(shop.view, filters)

    tested = np.logical_and.reduce(
        [shop.view.snapshot.alive[some]]
        + [test(shop.view, filters, some) for _, active, test in TESTS if active(filters)]
    )

    assert tested.tolist() == everything[some].tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 399), min_size=1, max_size=6, unique=True),
    st.lists(st.integers(0, 399), max_size=6),
    st.integers(1, 12),
    st.sampled_from([0.05, 0.5, 1.0]),
    st.integers(0, 2**32),
)
def test_all_ways_of_adding_up_find_the_same_books(
    history: list[int], without: list[int], most: int, share: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    source, target = np.divmod(rng.choice(400 * 400, 8_000, replace=False), 400)
    weights = rng.random(8_000).astype(np.float32)
    lists = Lists(
        keep_largest(source.astype(np.int32), target.astype(np.int32), weights, books=400, keep=20)
    )
    told = lists.tell(np.array(history, np.int32), np.ones(len(history), np.float32))
    told = told._replace(ids=told.ids.astype(np.intp))
    worth = rng.choice([0.7, 1], 400).astype(np.float32)
    passed = rng.random(400) < share
    owned, scratch = np.array(without, np.intp), Scratch(400)
    weighed = Wanted(np.where(passed, worth, 0).astype(np.float32), owned, most)
    filtered = Wanted(worth, owned, most, lambda books: passed[books], share)

    dense = scoring.dense(told, weighed)
    best = first(dense, most)

    assert not set(best) & {*without, *np.flatnonzero(~passed).tolist()}
    for wanted in (weighed, filtered):
        sparse = scoring.sparse(told, wanted, scratch)
        assert first(sparse, most) == pytest.approx(best, rel=1e-5)
        np.testing.assert_allclose(sparse.totals, dense.totals, rtol=1e-5, atol=1e-7)
        scoring.give_back(sparse, told, scratch)
        assert not scratch.totals().any()
        assert not scratch.slots().any()


def first(best: scoring.Best, count: int) -> dict[int, float]:
    order = np.lexsort((best.books, -best.scores))[:count]
    return dict(zip(best.books[order].tolist(), best.scores[order].tolist(), strict=True))
