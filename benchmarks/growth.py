"""A curve through what was measured at several sizes of a catalogue, and how far it is off."""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

EXPONENTS = tuple(np.arange(0.1, 1.01, 0.05).tolist())


class Fit(Struct, frozen=True):
    """error: the largest share by which the curve misses a measured size; foretold: by which the
    curve through all smaller sizes is off the largest."""

    says: Callable[[int], float]
    error: float
    foretold: float


def fit(
    sizes: Sequence[int], values: Sequence[float], exponents: Sequence[float] = EXPONENTS
) -> Fit:
    """a + b · books^c with a and b of at least 0, c one of the exponents, by least squares of
    shares: every size counts alike."""
    says = _curve(sizes, values, exponents)
    misses = [abs(says(size) / value - 1) for size, value in zip(sizes, values, strict=True)]
    fewer = _curve(sizes[:-1], values[:-1], exponents)
    return Fit(says, max(misses), abs(fewer(sizes[-1]) / values[-1] - 1))


def _curve(
    sizes: Sequence[int], values: Sequence[float], exponents: Sequence[float]
) -> Callable[[int], float]:
    told = np.array(values)
    found = []
    for exponent in exponents:
        columns = np.stack((np.ones(len(sizes)), np.array(sizes, float) ** exponent), axis=1)
        for kept in ([0, 1], [0], [1]):
            factors = np.zeros(2)
            factors[kept] = np.linalg.lstsq(
                columns[:, kept] / told[:, None], np.ones(len(sizes)), rcond=None
            )[0]
            missed = float(((columns @ factors / told - 1) ** 2).sum())
            if factors.min() >= 0:
                found.append((missed, exponent, factors.tolist()))
    _, power, (fixed, growing) = min(found)
    return lambda books: float(fixed + growing * books**power)
