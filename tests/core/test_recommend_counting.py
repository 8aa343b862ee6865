"""Counting readers together, and the ridge that is solved from it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.recommendations.cooccurrence import count_together, with_content
from core.recommendations.neighbours import keep_largest
from core.recommendations.ridge import local_ridge, ridge_ladder
from tests.core.readers import interactions, silent, two_tastes


def entries(
    links: list[tuple[int, int, float]],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    source, target, weight = zip(*links, strict=True)
    return np.array(source, np.int32), np.array(target, np.int32), np.array(weight, np.float32)


ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 7), st.integers(1, 100), st.just(0)),
    min_size=1,
    unique_by=lambda row: row[:2],
)


@given(ROWS, st.integers(1, 7))
def test_counts_are_those_of_the_dense_product(
    rows: list[tuple[int, int, int, int]], width: int
) -> None:
    matrix = np.zeros((6, 8))
    for reader, book, strength, _ in rows:
        matrix[reader, book] = strength / 100

    counts = count_together(interactions(rows), 8, width, silent)

    gram = matrix.T @ matrix
    assert counts.whole is not None
    np.testing.assert_allclose(counts.whole, gram, rtol=1e-6)
    np.testing.assert_allclose(counts.alone, gram.diagonal(), rtol=1e-6)
    for book in range(8):
        partners = counts.partners[book][counts.partners[book] >= 0]
        others = np.count_nonzero(np.delete(gram[book], book))
        assert len(partners) == min(width, others)
        assert book not in partners


def test_what_pruning_left_out_is_guessed_without_blowing_up() -> None:
    acts = two_tastes(readers=400)
    exact = count_together(acts, 40, 12, silent)
    pruned = exact._replace(whole=None)

    def largest_weight(counts: object) -> float:
        lists = local_ridge(counts, predictors=12, penalty=1, keep=40, progress=silent)  # type: ignore[arg-type]
        return float(np.abs(lists.weights).max())

    assert largest_weight(pruned) < 2 * largest_weight(exact)


def test_books_read_together_become_neighbours() -> None:
    counts = count_together(two_tastes(), 40, 30, silent)

    lists = local_ridge(counts, predictors=20, penalty=5, keep=10, progress=silent)

    same_taste = [
        np.mean(lists.of(book)[0][:5] % 2 == book % 2)
        for book in range(40)
        if len(lists.of(book)[0])
    ]
    assert np.mean(same_taste) > 0.95


def test_evening_lets_a_reader_of_many_books_say_less() -> None:
    rows = [(0, book, 100, 0) for book in range(9)] + [(1, 0, 100, 0), (1, 9, 100, 0)]

    even = count_together(interactions(rows), 10, 9, silent, evening=1.0)

    assert even.whole is not None
    assert even.whole[0, 9] > 4 * even.whole[0, 8]
    assert even.whole[0, 8] > 0


def test_content_counts_as_readers_but_makes_no_partner() -> None:
    rows = [(0, 0, 100, 0), (0, 1, 100, 0), (1, 2, 100, 0)]
    counts = count_together(interactions(rows), 3, 2, silent)
    alike = keep_largest(*entries([(0, 1, 0.5), (1, 0, 0.5), (0, 2, 0.25)]), books=3, keep=2)

    counted = with_content(counts, alike, 2.0)

    assert counted.whole is not None
    assert counted.whole[:, 0].tolist() == [1, 2, 0.5]
    assert counted.together[0].tolist() == [2, 0]
    assert counted.partners[0].tolist() == [1, -1]
    assert counted.partners[2].tolist() == [-1, -1]
    assert counted.alone.tolist() == [3, 3, 3]


def test_a_ladder_of_penalties_solves_what_each_alone_does() -> None:
    counts = count_together(two_tastes(), 40, 30, silent)

    ladder = ridge_ladder(counts, predictors=9, penalties=(1, 50), keep=10, progress=silent)

    for penalty, lists in ladder.items():
        alone = local_ridge(counts, predictors=9, penalty=penalty, keep=10, progress=silent)
        assert [part.tobytes() for part in lists] == [part.tobytes() for part in alone]
    assert ladder[1].weights.tobytes() != ladder[50].weights.tobytes()
