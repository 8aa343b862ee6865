"""`bookwheel train`: learn from what readers did, and publish a model for the workers."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from datetime import time as clock
from typing import TYPE_CHECKING, NoReturn

import click

from api.cli.options import with_settings
from api.processes import die_with_parent, give_way
from api.settings import Settings
from core.kernel.daily import next_at

if TYPE_CHECKING:
    from core.recommendations.manifest import Manifest

STAGES = {
    "reading": "reading what readers did",
    "counting": "counting books read together",
    "solving": "weighing each book's neighbours",
    "content": "comparing what is written on books",
    "measuring": "guessing acts it has not seen",
}


@click.command(help="Train recommendations on the store's readers and publish the model.")
@click.option("--seed", type=int, default=20, show_default=True, help="Chooses who is held out.")
@click.option("--anyway", is_flag=True, help="Publish also what is worse than what serves.")
@click.option(
    "--at",
    type=click.DateTime(["%H:%M"]),
    help="Train every day at this time (UTC), as 02:00, until stopped.",
)
@with_settings("database_url", "store")
def command(settings: Settings, seed: int, *, anyway: bool, at: datetime | None) -> None:
    give_way()
    if at is not None:
        _every_day(settings, at.time(), seed, anyway=anyway)
    _train(settings, seed, anyway=anyway)


def _every_day(settings: Settings, at: clock, seed: int, *, anyway: bool) -> NoReturn:
    """Each night in a process of its own, which gives all its memory back. A training that fails
    or is refused leaves what serves, and the next night tries again."""
    die_with_parent()
    once = [sys.executable, "-m", "api.cli", "train", "--seed", str(seed)]
    once += ["--anyway"] if anyway else []
    named = {"DATA_DIR": settings.data_dir, "STORE": settings.store}
    if settings.database_url:
        named["DATABASE_URL"] = settings.database_url
    given = os.environ | {f"BOOKWHEEL_{name}": str(value) for name, value in named.items()}
    while True:
        now = datetime.now(UTC)
        begins = next_at(now, at)
        click.echo(f"training at {begins:%Y-%m-%d %H:%M} UTC", err=True)
        time.sleep((begins - now).total_seconds())
        ended = subprocess.run(once, check=False, env=given)  # noqa: S603 - ourselves
        if ended.returncode:
            click.echo("the training failed; what served before goes on serving", err=True)


def _train(settings: Settings, seed: int, *, anyway: bool) -> None:
    # The many small systems are solved eight times faster by one thread than by several that
    # wait for one another; OpenBLAS reads this once, when numpy is first imported: below.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    die_with_parent()
    from api.wiring.training import train_model  # noqa: PLC0415

    with _progress() as progress:
        model = asyncio.run(train_model(settings, seed, progress, anyway=anyway))
    click.echo(
        f"trained on {model.interactions:,} acts of {model.readers:,} readers with "
        f"{model.books:,} books of the store {model.store!r} in {model.seconds:.1f} s"
    )
    if model.oldest and model.newest:
        click.echo(f"acts from {model.oldest:%Y-%m-%d} to {model.newest:%Y-%m-%d}")
    if model.quality.readers:
        click.echo(
            f"held-out acts of {model.quality.readers:,} readers: "
            f"nDCG@10 {model.quality.ndcg_at_10:.3f} (popularity {model.baseline.ndcg_at_10:.3f}), "
            f"recall@10 {model.quality.recall_at_10:.3f} "
            f"(popularity {model.baseline.recall_at_10:.3f})"
        )
        click.echo("nDCG@10 of others: " + ", ".join(_others(model)))
    else:
        click.echo("too few acts to measure how good it is")
    click.echo(f"published {model.version}")


def _others(model: "Manifest") -> Iterator[str]:
    for name, quality in model.baselines.items():
        yield f"{name} {quality.ndcg_at_10:.3f}"
    if model.serving is not None:
        yield f"the model before {model.serving.ndcg_at_10:.3f}"


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on a terminal, a line for each stage elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console  # noqa: PLC0415 - not where there is no terminal
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(STAGES["reading"], total=1.0)

        def show(stage: str, share: float) -> None:
            total = None if stage == "reading" else 1.0
            bar.update(task, description=STAGES[stage], completed=share, total=total)

        yield show


class _Lines:
    """Says each stage once."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, stage: str, share: float) -> None:
        if stage != self._said:
            self._said = stage
            click.echo(STAGES[stage], err=True)
