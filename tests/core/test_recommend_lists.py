"""Lists of neighbours: how they are made, brought together and folded in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.recommendations.content import BookText, content_neighbours
from core.recommendations.fold_in import Lists, recency_weights
from core.recommendations.nearest import levelled
from core.recommendations.neighbours import (
    Neighbours,
    even_lists,
    keep_largest,
    no_lists,
)
from core.recommendations.unread import reach_unread
from core.recommendations.voices import Voices
from tests.core.readers import silent


def entries(
    links: list[tuple[int, int, float]],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    source, target, weight = zip(*links, strict=True)
    return np.array(source, np.int32), np.array(target, np.int32), np.array(weight, np.float32)


def test_levelled_lists_begin_as_others_do() -> None:
    one = keep_largest(*entries([(0, 1, 0.5), (0, 2, 0.25), (1, 2, 0.5)]), books=3, keep=5)
    other = keep_largest(*entries([(0, 2, 0.125), (2, 1, 0.125)]), books=3, keep=5)

    assert levelled(one, other).weights.tolist() == [0.125, 0.0625, 0.125]
    assert levelled(one, no_lists(3)).weights.tolist() == one.weights.tolist()


def test_plain_neighbours_speak_for_a_short_history_and_the_ridge_for_a_long_one() -> None:
    ridge = keep_largest(*entries([(book, 10, 0.5) for book in range(10)]), books=12, keep=5)
    plain = keep_largest(*entries([(book, 11, 0.5) for book in range(10)]), books=12, keep=5)
    voices = Voices(Lists(ridge), 0.0, Lists(plain), newcomers=3.0)

    def said(count: int) -> list[np.float32]:
        history = np.arange(count, dtype=np.int32)
        return list(voices.scores(history, np.ones(count, np.float32))[10:])

    assert said(1) == pytest.approx([0.05, 0.45])
    assert said(3) == pytest.approx([0.75, 0.75])
    assert said(10) == pytest.approx([5.0, 0.0])


def test_books_of_one_series_and_author_are_most_alike() -> None:
    books = [
        BookText("A Wizard of Earthsea", ("Ursula K. Le Guin",), ("Fantasy",), "Earthsea"),
        BookText("The Tombs of Atuan", ("Ursula K. Le Guin",), ("Fantasy",), "Earthsea"),
        BookText("The Dispossessed", ("Ursula K. Le Guin",), ("Science fiction",)),
        BookText("Emma", ("Jane Austen",), ("Classics",)),
        BookText("Persuasion", ("Jane Austen",), ("Classics",)),
    ]

    lists = content_neighbours(books, keep=3, progress=silent)

    ids, cosines = lists.of(0)
    assert ids.tolist() == [1, 2]
    assert cosines[0] > cosines[1] > 0
    assert lists.of(3)[0].tolist() == [4]


@given(st.lists(st.text("abc ", max_size=12), min_size=1, max_size=12))
def test_content_lists_never_hold_the_book_itself(titles: list[str]) -> None:
    lists = content_neighbours([BookText(title) for title in titles], keep=4, progress=silent)

    for book in range(len(titles)):
        ids, cosines = lists.of(book)
        assert book not in ids
        assert np.all((cosines > 0) & (cosines <= 1.01))
        assert len(ids) <= 4


def test_a_book_nobody_read_is_reached_from_books_like_it() -> None:
    read = keep_largest(*entries([(0, 1, 0.3), (1, 0, 0.2)]), books=3, keep=5)
    alike = keep_largest(*entries([(0, 2, 0.9), (2, 0, 0.9), (0, 1, 0.4)]), books=3, keep=5)

    reached = reach_unread(read, alike, np.array([50, 50, 0], np.int32), keep=5)

    assert reached.of(0)[0].tolist() == [1, 2]
    assert reached.of(2)[0].tolist() == [0]
    assert float(reached.of(0)[1][0]) == pytest.approx(0.3, abs=1e-3)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(-8, 8)), max_size=30),
    st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True),
)
def test_folding_in_adds_up_the_rows_of_the_matrix(
    links: list[tuple[int, int, int]], history: list[int]
) -> None:
    dense = np.zeros((6, 6))
    for row, column, weight in links:
        dense[row, column] = weight / 8
    np.fill_diagonal(dense, 0)  # no list holds its own book
    source, target = np.nonzero(dense)
    values = dense[source, target].astype(np.float32)
    lists = keep_largest(source.astype(np.int32), target.astype(np.int32), values, books=6, keep=6)
    weights = np.linspace(1, 0.5, len(history), dtype=np.float32)

    books = np.array(history, np.int32)
    expected = weights @ dense[history]
    for arranged in (Lists(lists), Lists(even_lists(lists))):
        np.testing.assert_allclose(arranged.scores(books, weights), expected, atol=1e-6)
        parts = arranged.tell(books, weights).matrix(
            np.arange(6, dtype=np.int32), np.zeros(6, np.int32)
        )
        np.testing.assert_allclose(parts, (weights[:, None] * dense[history]).T, atol=1e-6)


def test_newer_acts_weigh_more_only_as_far_as_recency_says() -> None:
    assert recency_weights(3, 0.0).tolist() == [1, 1, 1]
    faded = recency_weights(200, 0.7)
    assert faded[0] == 1
    assert np.all(np.diff(faded) < 0)
    assert faded[-1] == pytest.approx(0.3, abs=0.01)


@given(
    st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 9)), st.integers(-3, 3)),
    st.integers(1, 5),
)
def test_lists_are_those_of_sorting_each_by_hand(
    links: dict[tuple[int, int], int], keep: int
) -> None:
    given_by_target = sorted(links, key=lambda link: link[::-1])
    source, target = np.array(given_by_target, np.int32).reshape(-1, 2).T
    weight = np.array([links[link] for link in given_by_target], np.float32)

    lists = keep_largest(source, target, weight, books=5, keep=keep)

    for book in range(5):
        own = [(to, value) for (of, to), value in links.items() if of == book]
        largest = sorted(own, key=lambda entry: (-abs(entry[1]), entry[0]))[:keep]
        ids, weights = lists.of(book)
        expected = sorted(largest, key=lambda entry: (-entry[1], entry[0]))
        assert list(zip(ids.tolist(), weights.tolist(), strict=True)) == expected


def test_a_list_keeps_its_largest_weights_in_order() -> None:
    lists: Neighbours = keep_largest(
        *entries([(0, 1, 0.1), (0, 2, -0.9), (0, 3, 0.5), (0, 4, 0.2)]), books=5, keep=3
    )

    assert lists.of(0)[0].tolist() == [3, 4, 2]
    assert lists.of(4)[0].tolist() == []
