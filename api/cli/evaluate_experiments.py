"""`bookwheel evaluate experiments`: whether the test that calls winners keeps its promise."""

from collections.abc import Iterator

import click

CASES = ((0.0, "equals"), (0.1, "a tenth better"), (0.2, "a fifth better"))


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
    from core.experiments.trial import Trial, try_out  # noqa: PLC0415 - not for `--help`

    yield (
        f"{runs:,} experiments each, {daily:,} readers of each variant a day, {days} daily looks, "
        f"{rate:.0%} of the readers buy"
    )
    yield f"{'variant':<18}{'called':<10}{'rightly':<10}{'median day':<13}{'covered':<10}z test"
    for lift, name in CASES:
        found = try_out(Trial(runs=runs, rate=rate, lift=lift, daily=daily, looks=days, seed=seed))
        day = "-" if found.days is None else f"{found.days:.0f}"
        yield (
            f"{name:<18}{found.decided:<10.1%}{found.rightly:<10.1%}{day:<13}"
            f"{found.covered:<10.1%}{found.naive:.1%}"
        )
