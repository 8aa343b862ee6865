"""Whether two samples of times can be told apart: the rank-sum test, and how well a guess does."""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct


class Told(Struct, frozen=True):
    """auc: how often the larger of two times, one of each sample, is of the first; 0.5 is chance.

    p: of a difference at least as large where there is none, two-sided. low, high: 95 % of auc.
    """

    auc: float
    low: float
    high: float
    p: float


def told_apart(first: Sequence[float], second: Sequence[float]) -> Told:
    """Mann & Whitney, Ann. Math. Stat. 18(1), 1947; the interval: Hanley & McNeil, Radiology 143,
    1982. Neither asks how times are distributed. Ties count half."""
    a, b = np.sort(np.asarray(first)), np.sort(np.asarray(second))
    n, m = len(a), len(b)
    below, upto = np.searchsorted(b, a, "left"), np.searchsorted(b, a, "right")
    auc = float((below + upto).sum()) / (2 * n * m)
    spread = math.sqrt((n + m + 1) / (12 * n * m))
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    error = math.sqrt(
        max(0.0, auc * (1 - auc) + (n - 1) * (q1 - auc**2) + (m - 1) * (q2 - auc**2)) / (n * m)
    )
    z = abs(auc - 0.5) / spread
    return Told(auc, auc - 1.96 * error, auc + 1.96 * error, math.erfc(z / math.sqrt(2)))
