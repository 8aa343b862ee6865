"""`bookwheel evaluate recommendations`: models side by side on any file of interactions."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from api.wiring.evaluating_recommendations import Report

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)
_SPLITS = ["global-time", "reader-time", "random", "crc32", "new-books"]


@click.command(help="Train on a part of the acts, guess the rest, compare with other methods.")
@click.option("--interactions", type=_FILE, required=True, help="CSV or Parquet, one act a row.")
@click.option("--items", type=_FILE, help="A catalogue of the books, for their content.")
@click.option("--mapping", default="", help="Read --items as `bookwheel import` with this mapping.")
@click.option("--split", type=click.Choice(_SPLITS), default="reader-time", show_default=True)
@click.option("--like", default=4.0, show_default=True, help="Least rating that counts as liked.")
@click.option("--history", default="", help="Learn from this kind alone; with --target.")
@click.option("--target", default="", help="Guess acts of this kind instead of splitting.")
@click.option("--readers", default=5_000, show_default=True, help="Ask so many; 0 asks all.")
@click.option("--model", "only", multiple=True, help="Measure only these, by name.")
@click.option("--seed", default=0, show_default=True, help="Of the random split.")
@click.option("--json", "out", type=_OUT, help="Write JSON.")
@click.option("--plot", type=_OUT, help="Write a bar chart of nDCG@10 as SVG.")
def command(
    *,
    interactions: Path,
    items: Path | None,
    mapping: str,
    split: str,
    like: float,
    history: str,
    target: str,
    readers: int,
    only: tuple[str, ...],
    seed: int,
    out: Path | None,
    plot: Path | None,
) -> None:
    _with_one_thread()
    import msgspec  # noqa: PLC0415 - not for `--help`

    from api.wiring.evaluating_recommendations import Protocol, evaluate  # noqa: PLC0415
    from core.recommendations.chart import bar_chart  # noqa: PLC0415

    if bool(history) != bool(target):
        raise click.UsageError("--history and --target go together")
    protocol = Protocol(
        interactions=interactions, items=items, mapping=mapping, split=split, like=like,
        history=history, target=target, readers=readers, seed=seed, only=only,
    )  # fmt: skip
    report = evaluate(protocol, _stage)
    for line in table(report):
        click.echo(line)
    if out:
        encoded = msgspec.json.encode(report, enc_hook=str)
        _write(out, msgspec.json.format(encoded).decode())
    if plot:
        _write(plot, bar_chart(report.models, "nDCG@10", f"nDCG@10, {interactions.name}"))


def _with_one_thread() -> None:
    """As for `bookwheel train`: many small systems are solved fastest by one thread.

    OpenBLAS reads the variable once, when numpy is imported, which `bookwheel evaluate` did: so
    the process begins again.
    """
    if "OPENBLAS_NUM_THREADS" in os.environ:
        return
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if "numpy" in sys.modules:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves


def table(report: "Report") -> Iterator[str]:
    """Lines: a model each with its measures, then nDCG@10 by how much the model was told."""
    asked = report.models[0].readers if report.models else 0
    yield (
        f"{report.interactions:,} acts with {report.books:,} books, {asked:,} readers asked, "
        f"{'kinds' if report.protocol.target else report.protocol.split} split"
    )
    yield (
        f"{'model':<28}{'nDCG@10':<22}{'recall@10':<11}{'recall@20':<11}{'MRR@10':<8}{'hit@10':<8}"
        f"{'coverage':<10}{'novelty':<9}popular"
    )
    for model in report.models:
        ndcg, *others = model.metrics.values()
        cells = "".join(
            f"{of.mean:<{width}.3f}" for of, width in zip(others, (11, 11, 8, 8), strict=True)
        )
        yield (
            f"{model.name:<28}{f'{ndcg.mean:.3f} [{ndcg.low:.3f}, {ndcg.high:.3f}]':<22}{cells}"
            f"{model.coverage:<10.3f}{model.novelty:<9.1f}{model.popular:.3f}"
        )
    yield "nDCG@10 by history"
    for model in report.models:
        told = [f"told {count}: {reached:.3f}" for count, reached in model.revealed.items()]
        lengths = [f"{name}: {of.mean:.3f}" for name, of in model.by_history.items()]
        yield f"{model.name:<28}{'  '.join((*told, *lengths))}"


def _stage(doing: str) -> "Stage":
    return Stage(doing)


class Stage:
    """Says on standard error what is being done, once."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._said = False

    def __call__(self, done: int, total: int) -> None:
        if not self._said:
            self._said = True
            click.echo(self._doing, err=True)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(path), hint=error.strerror) from error
