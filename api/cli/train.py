"""`bookwheel train`: learn from what readers did, and publish a model for the workers."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from api.cli.options import with_settings
from api.processes import die_with_parent
from api.settings import Settings

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
@with_settings("database_url", "store")
def command(settings: Settings, seed: int, *, anyway: bool) -> None:
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
