"""Transitions: what readers read next is learnt where times are known, and only there."""

import numpy as np

from core.recommendations.interactions import Interactions
from core.recommendations.neighbours import Neighbours
from core.recommendations.transitions import knows_order, next_books

BOOKS = 12


def walks(step_seconds: int) -> Interactions:
    """Forty readers who go from some book to the next and on, six books each."""
    rng = np.random.default_rng(3)
    rows = [
        (reader, (start + step) % BOOKS, 100, step * step_seconds)
        for reader, start in enumerate(rng.integers(0, BOOKS, 40).tolist())
        for step in range(6)
    ]
    rng.shuffle(rows)
    reader, book, strength, seconds = np.array(rows).T
    return Interactions(
        reader.astype(np.int32), book.astype(np.int32), strength.astype(np.int32), seconds
    )


def heads(lists: Neighbours) -> list[int]:
    return [int(lists.of(book)[0][0]) for book in range(BOOKS)]


def test_the_book_read_next_leads_the_list_and_the_one_before_does_not() -> None:
    lists = next_books(walks(60), BOOKS, keep=5)

    assert heads(lists) == [(book + 1) % BOOKS for book in range(BOOKS)]
    for book in range(BOOKS):
        ids, weights = lists.of(book)
        assert (book - 1) % BOOKS not in ids[:3]
        assert np.all((weights > 0) & (weights < 1))


def test_a_permutation_of_readers_changes_no_follower() -> None:
    acts = walks(60)
    renamed = acts._replace(reader=(39 - acts.reader).astype(np.int32))

    one, other = next_books(acts, BOOKS, keep=5), next_books(renamed, BOOKS, keep=5)

    assert one.ids.tolist() == other.ids.tolist()
    assert one.weights.tolist() == other.weights.tolist()


def test_acts_of_one_moment_know_no_order() -> None:
    assert knows_order(walks(60))
    assert not knows_order(walks(0))


def test_a_few_moments_for_many_acts_know_no_order() -> None:
    acts = walks(60)
    two_lists = acts._replace(seconds=acts.seconds // 180)
    half_dated = acts._replace(seconds=np.where(acts.reader < 24, acts.seconds, 0))

    assert not knows_order(two_lists)
    assert knows_order(half_dated)


def test_a_shop_of_one_act_has_no_followers() -> None:
    alone = walks(60).where(np.arange(240) == 0)

    lists = next_books(alone, BOOKS, keep=5)

    assert not len(lists.ids)
    assert not knows_order(alone)
