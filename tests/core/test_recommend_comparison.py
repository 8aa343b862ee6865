"""Models side by side: splits, measures, and the methods of others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.evaluation.intervals import Interval
from core.recommendations.baselines import (
    blended_with_content,
    ease,
    rp3beta,
    score_ranker,
    user_neighbours,
)
from core.recommendations.chart import bar_chart
from core.recommendations.comparison import DEEP, METRICS, Reader, compare, readers_of
from core.recommendations.interactions import Interactions
from core.recommendations.neighbours import Neighbours, keep_largest
from core.recommendations.rankers import among, crowd_ranker, item_ranker
from core.recommendations.splits import split


def acts(readers: int = 60, books: int = 30) -> Interactions:
    """Readers of even books and readers of odd ones, six each, one a day."""
    rng = np.random.default_rng(4)
    chosen = [rng.choice(np.arange(r % 2, books, 2), 6, replace=False) for r in range(readers)]
    return Interactions(
        np.repeat(np.arange(readers, dtype=np.int32), 6),
        np.concatenate(chosen).astype(np.int32),
        np.full(6 * readers, 100, np.int32),
        np.arange(6 * readers, dtype=np.int64) % 97,
    )


@pytest.mark.parametrize("how", ["global-time", "reader-time", "random"])
def test_split_holds_out_about_a_fifth_and_is_repeatable(how: str) -> None:
    held = split(acts(), how)  # type: ignore[arg-type]

    assert 0.1 < held.mean() < 0.3
    assert (held == split(acts(), how)).all()  # type: ignore[arg-type]


def test_global_split_lets_no_model_see_the_future() -> None:
    told = acts()

    held = split(told, "global-time")

    assert told.seconds[~held].max() <= told.seconds[held].min()


def test_reader_split_holds_out_the_newest_of_each() -> None:
    told = acts()

    held = split(told, "reader-time")

    for reader in range(60):
        own = told.reader == reader
        assert held[own].sum() == 1
        assert told.seconds[own & held][0] == told.seconds[own].max()


def test_new_books_are_known_to_nobody_and_still_asked_for() -> None:
    told = acts(readers=200)

    held = split(told, "new-books")
    asked = readers_of(told, held, np.ones(len(held), np.bool_), 0, unread=True)

    new = np.unique(told.book[held])
    assert 0 < len(new) < 10
    assert not np.isin(told.book[~held], new).any()
    assert {book for reader in asked for book in reader.wanted.tolist()} == set(new.tolist())
    assert readers_of(told, held, np.ones(len(held), np.bool_), 0) == []


def test_ranking_among_some_books_shows_no_other() -> None:
    chosen = np.array([False, True, True, False])
    rank = among(lambda read, how: np.array([4, 1, 2, 3], np.float32), chosen)

    assert rank(np.zeros(1, np.int32), np.ones(1, np.int32)).tolist() == [2, 1]


def test_readers_are_asked_for_liked_books_that_somebody_else_read() -> None:
    told = Interactions(
        np.array([0, 0, 0, 1, 1], np.int32),
        np.array([0, 1, 2, 0, 1], np.int32),
        np.full(5, 100, np.int32),
        np.array([1, 2, 3, 1, 2]),
    )
    held_out = np.array([False, True, True, False, False])
    liked = np.ones(5, np.bool_)

    asked = readers_of(told, held_out, liked, 0)

    assert [reader.wanted.tolist() for reader in asked] == [[1]]
    assert asked[0].history.tolist() == [0]


READER = st.tuples(
    st.lists(st.integers(0, 29), min_size=1, max_size=8, unique=True),
    st.lists(st.integers(0, 29), min_size=1, max_size=12, unique=True),
)


@given(st.lists(READER, min_size=1, max_size=5), st.permutations(range(30)))
def test_measures_are_shares_and_never_count_what_was_read(
    told: list[tuple[list[int], list[int]]], order: list[int]
) -> None:
    readers = [
        Reader(np.array(known, np.int32), np.full(len(known), 100, np.int32),
               np.array([book for book in wanted if book not in known] or [29], np.int32))
        for known, wanted in told
    ]  # fmt: skip
    values = np.array([30 - place for place in order], np.float32)

    found = compare("m", crowd_ranker(values, DEEP), readers, np.ones(30, np.int64), reveal=(1,))

    assert list(found.metrics) == list(METRICS)
    assert all(0 <= of.low <= of.mean <= of.high <= 1 for of in found.metrics.values())
    assert 0 <= found.coverage <= 1
    assert 0 <= found.popular <= 1
    assert found.metrics["recall@20"].mean >= 0


def test_prophet_reaches_one_by_every_measure() -> None:
    readers = [Reader(np.array([0], np.int32), np.array([100], np.int32), np.array([5, 6]))]

    def prophet(history: NDArray[np.int32], _: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.array([0, 5, 6, *range(7, 30)], np.int32)

    found = compare("prophet", prophet, readers, np.ones(30, np.int64), reveal=(1, 3))

    assert {of.mean for of in found.metrics.values()} == {1.0}
    assert found.revealed == {"1": 1.0, "3": 1.0}
    assert found.by_history == {"1-2": Interval(1.0, 1.0, 1.0)}


def ranked_alike(rank: object, history: list[int]) -> float:
    """Share of the best five that are of the history's taste."""
    books = np.array(history, np.int32)
    ranked = rank(books, np.full(len(books), 100, np.int32))  # type: ignore[operator]
    best = ranked[~np.isin(ranked, books)][:5]
    return float(np.mean(best % 2 == history[0] % 2))


def test_each_baseline_tells_two_tastes_apart() -> None:
    told = acts(readers=200)
    content = keep_largest(
        np.array([0], np.int32), np.array([2], np.int32), np.array([0.5], np.float32),
        books=30, keep=2,
    )  # fmt: skip
    readers = user_neighbours(told, 30)

    rankers = {
        "RP3beta": item_ranker(rp3beta(told, 30), 0.0, DEEP),
        "EASE^R": score_ranker(ease(told, 30), DEEP),
        "user-kNN": score_ranker(readers, DEEP),
        "with content": score_ranker(blended_with_content(readers, content), DEEP),
    }

    assert {name: ranked_alike(rank, [0, 2, 4]) for name, rank in rankers.items()} == dict.fromkeys(
        rankers, 1.0
    )


def test_ease_is_the_ridge_of_each_book_on_all_others() -> None:
    told = acts(readers=40, books=14)
    matrix = np.zeros((40, 14))
    matrix[told.reader, told.book] = 1
    others = list(range(1, 14))

    scores = ease(told, 14, penalty=5.0)(np.array(others, np.int32), np.full(13, 100, np.int32))

    known = matrix[:, others]
    weights = np.linalg.solve(known.T @ known + 5 * np.eye(13), known.T @ matrix[:, 0])
    assert scores[0] == pytest.approx(weights.sum(), abs=1e-4)


def test_chart_draws_a_bar_for_each_model() -> None:
    readers = [Reader(np.array([0], np.int32), np.array([100], np.int32), np.array([5]))]
    lists = Neighbours(np.zeros(31, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float16))
    models = [
        compare(name, item_ranker(lists, 0.0), readers, np.ones(30, np.int64))
        for name in ("ours", "a < b")
    ]

    drawn = bar_chart(models, "nDCG@10", "nDCG@10")

    assert drawn.count("<path") == 2
    assert "a &lt; b" in drawn
