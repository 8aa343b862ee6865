import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.popularity import Opinion, opinion, popularity

means = st.floats(1.0, 5.0)
counts = st.integers(0, 3_000_000)


def popularity_of(mean: float, count: int, store: Opinion) -> float:
    return float(popularity(np.array([mean]), np.array([count]), store)[0])


@given(means, counts, means, st.integers(0, 5_000_000))
def test_popularity_lies_between_0_and_1(mean: float, count: int, store: float, most: int) -> None:
    assert 0.0 <= popularity_of(mean, count, Opinion(store, most)) <= 1.0


@given(means, means, counts, means)
def test_better_ratings_never_make_less_popular(
    mean: float, other: float, count: int, store: float
) -> None:
    worse, better = sorted((mean, other))

    known = Opinion(store, 3_000_000)
    assert popularity_of(worse, count, known) <= popularity_of(better, count, known)


@given(means, counts, counts, means)
def test_more_ratings_never_make_less_popular(
    mean: float, count: int, other: int, store: float
) -> None:
    fewer, more = sorted((count, other))

    known = Opinion(store, 3_000_000)
    # float32 keeps seven digits
    assert popularity_of(mean, fewer, known) <= popularity_of(mean, more, known) + 1e-6


@pytest.mark.parametrize("store", np.linspace(1.0, 5.0, 9))
def test_the_next_rating_never_makes_less_popular(store: float) -> None:
    rated = np.arange(3_000)
    for mean in np.linspace(1.0, 5.0, 9):
        steps = np.diff(popularity(np.full(3_000, mean), rated, Opinion(store, 10**6)))

        assert steps.min() > -1e-6


def test_one_perfect_rating_does_not_beat_a_thousand_good_ones() -> None:
    store = Opinion(3.9, 1_000)

    assert popularity_of(5.0, 1, store) < popularity_of(4.2, 1_000, store)


def test_unrated_books_have_no_popularity() -> None:
    assert popularity_of(0.0, 0, Opinion()) == 0.0


def test_opinion_of_a_store_weighs_books_by_their_ratings() -> None:
    found = opinion(np.array([5.0, 3.0, 0.0]), np.array([1, 3, 0]))

    assert found == Opinion(3.5, 3)


def test_opinion_of_an_unrated_store_is_the_default() -> None:
    assert opinion(np.zeros(3), np.zeros(3, int)) == Opinion()
