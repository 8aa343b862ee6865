"""Experiments on made-up readers: how often equals are told apart, and how soon a winner is."""

from typing import NamedTuple

import numpy as np
from msgspec import Struct

from core.experiments.sequential import Arm, compare


class Trial(Struct, frozen=True, kw_only=True):
    """rate: of conversion without the variant; lift: relative, of the variant. looks: one a day,
    `daily` readers of each variant between two. seed: of everything."""

    runs: int
    rate: float
    lift: float
    daily: int
    looks: int
    seed: int


class Outcome(NamedTuple):
    """decided: share of the runs that were ever called; rightly: called for the variant that is
    better; covered: share whose interval held the true difference at every look; days: median
    look at which they were called, None where none was. naive: share that a fixed-sample z test
    at 5 %, looked at as often, would have called."""

    decided: float
    rightly: float
    covered: float
    days: float | None
    naive: float


def try_out(trial: Trial) -> Outcome:
    """Run the experiment `runs` times with daily looks."""
    rng = np.random.default_rng(trial.seed)
    rates = trial.rate, trial.rate * (1 + trial.lift)
    # (runs, looks, 2): conversions so far.
    sums = np.cumsum(rng.binomial(trial.daily, rates, (trial.runs, trial.looks, 2)), axis=1)
    called, rightly, covered, naive = [], 0, 0, 0
    for run in sums:
        day, better, held, fixed = _watched(run, trial, rates[1] - rates[0])
        called += [day] if day else []
        rightly += better
        covered += held
        naive += fixed
    days = float(np.median(called)) if called else None
    runs = trial.runs
    return Outcome(len(called) / runs, rightly / runs, covered / runs, days, naive / runs)


def _watched(sums: np.ndarray, trial: Trial, truth: float) -> tuple[int, bool, bool, bool]:
    first, better, held, fixed = 0, False, True, False
    for look, (control, variant) in enumerate(sums.tolist(), 1):
        readers = look * trial.daily
        one, other = Arm(readers, control, control), Arm(readers, variant, variant)
        lift = compare(one, other)
        held &= lift.low <= truth <= lift.high
        error = np.sqrt((one.variance + other.variance) / readers)
        fixed |= bool(abs(lift.difference) > 1.96 * error > 0)
        if lift.decided and not first:
            first, better = look, lift.difference > 0
    return first, better, held, fixed
