"""`bookwheel experiment`: start, list and stop experiments, and see what came of them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import with_settings
from api.settings import Settings

if TYPE_CHECKING:
    from core.experiments.results import Comparison, Results


@click.group(help="Experiments on readers.")
def command() -> None: ...


@command.command("list", help="All of the store's, newest first.")
@with_settings("database_url", "store")
def list_all(settings: Settings) -> None:
    from api.wiring.experiments import experiments  # noqa: PLC0415 - not for `--help`

    for each in asyncio.run(experiments(settings)):
        until = f"until {each.stopped_at:%Y-%m-%d}" if each.stopped_at else "runs"
        click.echo(f"{each.name:<30}{each.surface:<13}{each.started_at:%Y-%m-%d} {until}")


@command.command(help="Start what a JSON file says, as POST /api/v1/experiments takes it.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_settings("database_url", "store")
def start(settings: Settings, file: Path) -> None:
    import msgspec  # noqa: PLC0415 - not for `--help`

    from api.wiring.experiments import start as begin  # noqa: PLC0415
    from core.experiments.experiment import BadExperiment, ExperimentDraft  # noqa: PLC0415

    try:
        draft = msgspec.json.decode(file.read_bytes(), type=ExperimentDraft)
    except msgspec.DecodeError as error:
        raise BadExperiment(f"{file}: {error}") from error
    click.echo(f"{asyncio.run(begin(settings, draft)).name} runs")


@command.command(help="Stop one: everybody sees the shop as it is.")
@click.argument("name")
@with_settings("database_url", "store")
def stop(settings: Settings, name: str) -> None:
    from api.wiring.experiments import stop as end  # noqa: PLC0415 - not for `--help`

    click.echo(f"{asyncio.run(end(settings, name)).name} is stopped")


@command.command(help="What it has shown so far; look as often as you like.")
@click.argument("name")
@with_settings("database_url", "store")
def results(settings: Settings, name: str) -> None:
    from api.wiring.experiments import results as of  # noqa: PLC0415 - not for `--help`

    for line in _told(asyncio.run(of(settings, name))):
        click.echo(line)


def _told(found: "Results") -> Iterator[str]:
    yield f"{found.experiment.name}: {found.state}, told by {found.experiment.goal}"
    if not found.balanced:
        yield f"the variants did not get their shares (p {found.balance:.1e}): believe nothing"
    yield f"{'variant':<20}{'readers':>9}{'shown':>9}{'clicked':>9}{'carted':>9}{'bought':>9}"
    for variant in found.variants:
        numbers = (variant.readers, variant.exposures, *variant.reached.values())
        yield f"{variant.name:<20}" + "".join(f"{number:>9,}" for number in numbers)
    for goal, comparisons in found.comparisons.items():
        for each in comparisons:
            yield f"{goal}: {each.variant} {_lift(each)}"


def _lift(comparison: "Comparison") -> str:
    if comparison.low is None or comparison.high is None:
        return "too few readers yet"
    interval = f"{comparison.low:+.4f} to {comparison.high:+.4f}"
    decided = ", decided" if comparison.decided else ""
    return f"{comparison.difference:+.4f} ({interval}), p {comparison.p:.2g}{decided}"
