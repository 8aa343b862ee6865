"""`bookwheel evaluate experiments`: whether the test that calls winners keeps its promise."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from core.experiments.trial import Outcome

CASES = ((0.0, "equals"), (0.1, "a tenth better"), (0.2, "a fifth better"))
IN_ONE_LIST = ((0.0, "equals"), (0.2, "better for a fifth"))
MOST_IN_ONE_LIST = 100
"""Readers of one list a day: each list is drafted, which takes its time."""


@click.command(help="Run made-up experiments with daily looks: false alarms, winners found.")
@click.option("--runs", default=1_000, show_default=True, help="Experiments of each kind.")
@click.option("--rate", default=0.1, show_default=True, help="Share of the readers who buy.")
@click.option("--daily", default=500, show_default=True, help="Readers of a variant a day.")
@click.option("--days", default=30, show_default=True, help="Looks.")
@click.option("--seed", default=0, show_default=True)
def command(*, runs: int, rate: float, daily: int, days: int, seed: int) -> None:
    for line in _table(runs=runs, rate=rate, daily=daily, days=days, seed=seed):
        click.echo(line)


def _table(*, runs: int, rate: float, daily: int, days: int, seed: int) -> Iterator[str]:
    from core.experiments.trial import Trial, try_interleaving, try_out  # noqa: PLC0415 - not for `--help`

    yield (
        f"{runs:,} experiments each, {daily:,} readers of each variant a day, {days} daily looks, "
        f"{rate:.0%} of the readers buy"
    )
    yield HEAD
    for lift, name in CASES:
        trial = Trial(runs=runs, rate=rate, lift=lift, daily=daily, looks=days, seed=seed)
        yield _line(name, try_out(trial))
    daily, runs = min(daily, MOST_IN_ONE_LIST), max(runs // 10, 1)
    yield f"{runs:,} experiments each, both rankings in one list, {daily:,} readers a day"
    yield HEAD
    for lift, name in IN_ONE_LIST:
        trial = Trial(runs=runs, rate=rate, lift=lift, daily=daily, looks=days, seed=seed)
        yield _line(name, try_interleaving(trial))


HEAD = f"{'variant':<20}{'called':<10}{'rightly':<10}{'median day':<13}{'covered':<10}z test"


def _line(name: str, found: "Outcome") -> str:
    day = "-" if found.days is None else f"{found.days:.0f}"
    covered = "-" if found.covered is None else f"{found.covered:.1%}"
    return (
        f"{name:<20}{found.decided:<10.1%}{found.rightly:<10.1%}{day:<13}"
        f"{covered:<10}{found.naive:.1%}"
    )
