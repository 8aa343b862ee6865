"""The curve of the capacity model finds what was drawn, and tells how far it is off."""

import pytest

from benchmarks.growth import fit

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)


@pytest.mark.parametrize(("fixed", "growing", "power"), [(400, 0.002, 1.0), (100, 2.0, 0.5)])
def test_curve_that_was_drawn_is_found(fixed: float, growing: float, power: float) -> None:
    found = fit(SIZES, [fixed + growing * size**power for size in SIZES])

    assert found.error < 1e-6
    assert found.foretold < 1e-6
    assert found.says(10_000_000) == pytest.approx(fixed + growing * 1e7**power)


def test_size_that_bends_off_is_told() -> None:
    found = fit(SIZES, [100.0, 100.0, 100.0, 100.0, 200.0], [1.0])

    assert found.foretold == pytest.approx(0.5)


def test_cost_that_falls_is_fitted_by_what_does_not_grow() -> None:
    found = fit(SIZES, [60.0, 55.0, 50.0, 45.0, 40.0])

    assert found.says(10_000_000) == found.says(10_000) > 0
