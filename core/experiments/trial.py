"""Experiments on made-up readers: how often equals are told apart, and how soon a winner is."""

from typing import NamedTuple

import numpy as np
from msgspec import Struct

from core.experiments.interleaving import credit, team_draft
from core.experiments.sequential import Arm, compare, compare_with_nothing


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
    better; covered: share whose interval held the true difference at every look, None where that
    is not known; days: median look at which they were called, None where none was. naive: share
    that a fixed-sample z test at 5 %, looked at as often, would have called."""

    decided: float
    rightly: float
    covered: float | None
    days: float | None
    naive: float


LISTED = 10
ATTRACTIVE = 0.6
"""Of the best book, that a reader who looks at it clicks; of the others less, by rank."""


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


def try_interleaving(trial: Trial) -> Outcome:
    """The same of readers who are each shown a draft of two rankings once.

    They look down the list, at the book at place k with probability 1 / k. Both rankings are
    shuffles of the same books, of a new order for each reader; for `lift` of the readers the second
    is the order of attractiveness. daily: readers between two looks. rate is not used.
    """
    rng = np.random.default_rng(trial.seed)
    called, rightly, naive = [], 0, 0
    for _ in range(trial.runs):
        signs = np.array([_preference(rng, trial.lift) for _ in range(trial.daily * trial.looks)])
        day, better, fixed = _looked_at(signs, trial)
        called += [day] if day else []
        rightly += better
        naive += fixed
    days = float(np.median(called)) if called else None
    runs, share = trial.runs, len(called) / trial.runs
    return Outcome(share, rightly / runs, None if trial.lift else 1 - share, days, naive / runs)


def _preference(rng: np.random.Generator, lift: float) -> int:
    """Which team a reader chose more of: -1, 0, 1; 2 for who chose nothing."""
    first, second = rng.permutation(LISTED).tolist(), rng.permutation(LISTED).tolist()
    if rng.random() < lift:
        second = list(range(LISTED))
    drafted = team_draft(first, second, LISTED, seed=int(rng.integers(1 << 62)))
    chances = rng.random((2, LISTED)).tolist()
    chosen = [
        item
        for place, (item, _) in enumerate(drafted)
        if chances[0][place] < 1 / (place + 1) and chances[1][place] < ATTRACTIVE / (item + 1)
    ]
    won = credit(drafted, chosen)
    return (won > 0) - (won < 0) if chosen else 2


def _looked_at(signs: np.ndarray, trial: Trial) -> tuple[int, bool, bool]:
    first, better, fixed = 0, False, False
    for look in range(1, trial.looks + 1):
        told = signs[: look * trial.daily]
        told = told[told != 2]
        arm = Arm(len(told), int(told.sum()), int(np.abs(told).sum()))
        lift = compare_with_nothing(arm)
        error = np.sqrt(arm.variance / max(arm.readers, 1))
        fixed |= bool(abs(arm.mean) > 1.96 * error > 0)
        if lift.decided and not first:
            first, better = look, lift.difference > 0
    return first, better, fixed
