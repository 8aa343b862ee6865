"""The exam: what is held out, what is asked, and what the crowd would answer."""

import numpy as np
from numpy.typing import NDArray

from core.recommendations.evaluation import (
    Quality,
    hold_out,
    measure,
    newest_first,
    scramble,
)
from core.recommendations.popularity import ranking, trending
from tests.core.readers import DAY, interactions


def test_short_histories_of_one_moment_are_not_of_the_lowest_numbers() -> None:
    acts = interactions([(0, book, 100, 7) for book in range(50)])

    order = newest_first(acts)

    assert sorted(order.tolist()) == list(range(50))
    assert acts.book[order].tolist() != list(range(50))
    assert acts.book[newest_first(acts._replace(seconds=acts.book.astype(np.int64)))][0] == 49


def test_a_trend_counts_its_window_and_fades_within_it() -> None:
    acts = interactions(
        [
            (0, 0, 100, 100 * DAY),
            (1, 1, 100, 97 * DAY),
            (2, 2, 100, 80 * DAY),
            (3, 3, 50, 100 * DAY),
        ]
    )

    week, month = trending(acts, 5, 7), trending(acts, 5, 30)

    assert ranking(week, 5).tolist() == [0, 1, 3]
    assert week[0] == 1
    assert week[2] == 0
    assert month[2] > 0


def test_the_newest_acts_of_a_few_readers_are_held_out() -> None:
    rows = [(reader, book, 100, book) for reader in range(100) for book in range(10)]
    acts = interactions(rows)

    held = hold_out(acts, scramble(np.arange(100, dtype=np.uint64)), seed=1)

    readers = np.unique(acts.reader[held])
    assert len(readers) == 50
    assert set(acts.book[held].tolist()) == {8, 9}


def test_what_is_held_out_is_what_was_liked_and_what_came_after_it() -> None:
    bought, looked_at = 90, 20
    one = [(0, bought), (1, looked_at), (2, looked_at), (3, bought), (4, looked_at)]
    rows = [(reader, book, how, book) for reader in range(100) for book, how in one]
    keys = scramble(np.arange(100, dtype=np.uint64))
    acts, undated = interactions(rows), interactions([(*row[:3], 0) for row in rows])

    held, held_undated = hold_out(acts, keys, seed=1), hold_out(undated, keys, seed=1)

    assert set(acts.book[held].tolist()) == {3, 4}
    assert set(undated.book[held_undated].tolist()) <= {0, 3}
    assert np.bincount(undated.reader[held_undated]).max() == 1


def test_a_ranker_that_knows_the_future_scores_one_and_a_blind_one_zero() -> None:
    acts = interactions([(reader, book, 100, book) for reader in range(100) for book in range(10)])
    held = hold_out(acts, scramble(np.arange(100, dtype=np.uint64)), seed=1)
    seen: list[int] = []

    def prophet(history: NDArray[np.int32], _: NDArray[np.int32]) -> NDArray[np.int32]:
        seen.extend(history.tolist())
        return np.array([9, 8, *range(8), *range(10, 30)], np.int32)

    def blind(history: NDArray[np.int32], _: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.arange(20, 40, dtype=np.int32)

    assert measure(prophet, acts, held) == Quality(50, 1.0, 1.0)
    assert measure(blind, acts, held) == Quality(50, 0.0, 0.0)
    assert not {8, 9} & set(seen)
