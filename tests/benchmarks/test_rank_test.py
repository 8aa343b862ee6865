"""The test that tells times apart."""

from itertools import combinations_with_replacement

import numpy as np

from benchmarks.rank_test import told_apart


def test_signed_ranks_are_those_of_every_mean_of_two_differences() -> None:
    drawn = np.random.default_rng(7)
    first, second = drawn.lognormal(size=(2, 30))

    found = told_apart(first.tolist(), second.tolist())

    differences = first - second
    # Walsh's averages: Wilcoxon's sum is how many of them are positive.
    w = sum(a + b > 0 for a, b in combinations_with_replacement(differences, 2))
    mirrored = told_apart(second.tolist(), first.tolist())
    assert found.p == mirrored.p
    assert found.slower == np.mean(differences > 0) == 1 - mirrored.slower
    assert (found.p < 0.05) == (abs(w - 30 * 31 / 4) > 1.96 * np.sqrt(30 * 31 * 61 / 24))


def test_test_sees_what_is_apart_and_not_what_is_alike_whatever_drifts() -> None:
    drawn = np.random.default_rng(7)

    def pairs(shift: float) -> tuple[list[float], list[float]]:
        load = np.repeat(drawn.lognormal(sigma=2, size=20), 10)
        first, second = load + drawn.lognormal(size=(2, 200))
        return (first + shift).tolist(), second.tolist()

    alike = [told_apart(*pairs(0.0)).p for _ in range(400)]
    shifted = told_apart(*pairs(1.0))

    assert 0.02 < np.mean(np.array(alike) < 0.05) < 0.09
    assert shifted.p < 1e-6
    assert shifted.low > 0.5
