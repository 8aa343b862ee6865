"""By how much ratios changed between two series of sessions, and whether that can be trusted."""

import math
import statistics
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

BAND = 0.05
"""A change that is smaller is nobody's fault: the guard says nothing of it."""
TIGHT = 0.025
"""Half the interval of a change at most; one that is wider is measured on, or told as unclear.

With this and BAND a slow-down of 10 % is caught in 98 of 100 measurements."""
FEWEST = 4
"""Sessions before an interval is believed."""


class Verdict(StrEnum):
    SAME = "same"
    SLOWER = "SLOWER"
    FASTER = "faster"
    UNCLEAR = "too noisy"


class Change(Struct, frozen=True):
    """factor: now over before, 1.1 is ten per cent slower. low, high: its 95 % interval."""

    factor: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        if self.low > 1 + BAND:
            return Verdict.SLOWER
        if self.high < 1 - BAND:
            return Verdict.FASTER
        return Verdict.SAME if self.high / self.low < (1 + TIGHT) ** 2 else Verdict.UNCLEAR


def change(before: Sequence[float], now: Sequence[float]) -> Change:
    """Compare the ratios of sessions, one number a session and at least two on each side.

    A session is a process: what differs between processes (where memory lies, how words hash)
    is in the interval. Source: Welch, Biometrika 34, 1947, on logarithms.
    """
    (mean, error, freedom), (mean_now, error_now, freedom_now) = map(_logarithm, (before, now))
    both = error + error_now
    degrees = both**2 / (error**2 / freedom + error_now**2 / freedom_now) if both else math.inf
    reach = _student(degrees) * math.sqrt(both)
    factor = math.exp(mean_now - mean)
    return Change(factor, factor * math.exp(-reach), factor * math.exp(reach))


def interval(ratios: Sequence[float]) -> tuple[float, float, float]:
    """Low, middle and high of one series."""
    mean, error, freedom = _logarithm(ratios)
    reach = _student(freedom) * math.sqrt(error)
    return math.exp(mean - reach), math.exp(mean), math.exp(mean + reach)


def _logarithm(ratios: Sequence[float]) -> tuple[float, float, int]:
    """The mean of the logarithms, its squared error and the degrees of freedom."""
    logs = [math.log(ratio) for ratio in ratios]
    return statistics.fmean(logs), statistics.variance(logs) / len(logs), len(logs) - 1


def _student(freedom: float) -> float:
    """The quantile 0.975 of Student's t. Source: Abramowitz and Stegun 26.7.5, 1964."""
    z = 1.959964
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))
