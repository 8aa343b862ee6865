"""Whether two kinds of times, measured in pairs, can be told apart."""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct


class Told(Struct, frozen=True):
    """slower: share of the pairs in which the first took longer; 0.5 is a coin. low, high: its
    95 % interval. p: of ranks at least as far apart where there is no difference, two-sided.
    """

    slower: float
    low: float
    high: float
    p: float


def told_apart(first: Sequence[float], second: Sequence[float]) -> Told:
    """By the signed-rank test: pairs outlive a machine whose load drifts, which samples do not.

    first, second: of equal length. Source: Wilcoxon, Biometrics Bulletin 1(6), 1945; the interval:
    Wilson, JASA 22, 1927. Pairs that are equal are left out.
    """
    differences = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    differences = differences[differences != 0]
    n = len(differences)
    order = np.abs(differences)
    # Equal differences share their ranks.
    ranks = (np.searchsorted(np.sort(order), order, "left") + 1.0) / 2
    ranks += np.searchsorted(np.sort(order), order, "right") / 2
    w = float(ranks[differences > 0].sum())
    z = (w - n * (n + 1) / 4) / math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    slower = float((differences > 0).mean())
    low, high = _wilson(slower, n)
    return Told(slower, low, high, math.erfc(abs(z) / math.sqrt(2)))


def _wilson(share: float, n: int) -> tuple[float, float]:
    z = 1.96
    middle = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)
