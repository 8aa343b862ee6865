"""The test that tells times apart."""

import numpy as np
import pytest

from benchmarks.rank_test import told_apart


def test_rank_test_agrees_with_counting_every_pair() -> None:
    drawn = np.random.default_rng(7)
    first, second = drawn.integers(0, 30, 40).tolist(), drawn.integers(3, 33, 50).tolist()

    found = told_apart(first, second)

    pairs = [(a > b) + (a == b) / 2 for a in first for b in second]
    assert found.auc == pytest.approx(sum(pairs) / len(pairs))


def test_rank_test_sees_what_is_apart_and_not_what_is_alike() -> None:
    drawn = np.random.default_rng(7)
    alike = [told_apart(*drawn.lognormal(size=(2, 100)).tolist()).p for _ in range(400)]

    shifted = told_apart(
        (drawn.lognormal(size=200) + 1).tolist(), drawn.lognormal(size=200).tolist()
    )

    assert 0.02 < np.mean(np.array(alike) < 0.05) < 0.09
    assert shifted.p < 1e-6
    assert shifted.low > 0.5
