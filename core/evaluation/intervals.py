"""How far a mean over queries may be trusted."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

RESAMPLES = 2_000
CONFIDENCE = 0.95
_AT_ONCE = 1 << 22


class Interval(Struct, frozen=True):
    """The mean, and the bounds that hold it with 95 % confidence; low ≤ mean ≤ high."""

    mean: float
    low: float
    high: float


def bootstrap(values: Sequence[float], *, seed: int = 0) -> Interval:
    """The mean of the values with its percentile bootstrap interval.

    The same values and seed give the same interval; no values give 0.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; for
    queries as the sample: Sakai, SIGIR 2006.
    """
    sample = np.asarray(values, np.float64)
    if not len(sample):
        return Interval(0.0, 0.0, 0.0)
    random = np.random.default_rng(seed)
    rows = max(1, min(RESAMPLES, _AT_ONCE // len(sample)))
    means: list[np.float64] = []
    while len(means) < RESAMPLES:
        drawn = random.integers(0, len(sample), (min(rows, RESAMPLES - len(means)), len(sample)))
        means.extend(sample[drawn].mean(axis=1))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    mean = float(sample.mean())
    return Interval(mean, min(float(low), mean), max(float(high), mean))
