"""`bookwheel evaluate`: how good search is on a test collection, in figures with intervals."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import click
import msgspec

from api.cli.evaluate_experiments import command as experiments
from api.cli.evaluate_recommendations import command as recommendations
from api.cli.options import with_settings
from api.settings import Settings
from core.evaluation.measuring import Measured, measure
from core.search.ranking import Weights

Progress = Callable[[str], Callable[[int, int], None]]
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LINE_SECONDS = 2.0


@click.group(help="Measure the quality of search and of recommendations.")
def command() -> None:
    pass


command.add_command(recommendations, "recommendations")
command.add_command(experiments, "experiments")


@command.command(help="Index a collection in a temporary folder, ask its questions, compare.")
@with_settings()
@click.option("--docs", type=_FILE, required=True, help="JSON Lines, or a catalogue to import.")
@click.option("--queries", type=_FILE, required=True, help="JSON Lines, CSV or TSV.")
@click.option("--qrels", type=_FILE, help="TREC, or query_id, doc_id, gain.")
@click.option("--query-column", default="text", show_default=True, help="Holds the question.")
@click.option("--target-column", help="Instead of --qrels: names the one right document.")
@click.option("--mapping", default="", help="Read --docs as `bookwheel import` with this mapping.")
@click.option("--language", default="en", show_default=True, help="Of documents that name none.")
@click.option("--match", type=click.Choice(["most", "all", "any"]), default="most")
@click.option("--baseline", type=click.Choice(["bm25"]), help="Measure this beside it.")
@click.option("--binary", is_flag=True, help="Every relevant document counts alike.")
@click.option("--half", type=click.Choice(["odd", "even"]), help="Only questions so numbered.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write JSON.")
def search(
    settings: Settings,
    *,
    docs: Path,
    queries: Path,
    qrels: Path | None,
    query_column: str,
    target_column: str | None,
    mapping: str,
    language: str,
    match: Literal["most", "all", "any"],
    baseline: str | None,
    binary: bool,
    half: str | None,
    out: Path | None,
) -> None:
    from api.wiring import evaluating  # noqa: PLC0415 - not for `--help`

    if (qrels is None) == (target_column is None):
        raise click.UsageError("give either --qrels or --target-column")
    collection = evaluating.read_collection(
        docs, queries, qrels, query_column=query_column, target_column=target_column or "",
        mapping=mapping, language=language or None,
    )  # fmt: skip
    if half:
        collection = msgspec.structs.replace(
            collection, questions=collection.questions[half == "even" :: 2]
        )
    weights = Weights(*settings.search_weights)
    with _progress() as progress:
        measured = []
        with evaluating.search_ranker(
            collection.documents, weights=weights, match=match, progress=progress("indexing")
        ) as ranker:
            measured.append(
                measure("search", ranker, collection, binary=binary, progress=progress("asking"))
            )
        if baseline:
            ranker = evaluating.bm25_ranker(collection.documents)
            measured.append(
                measure(baseline, ranker, collection, binary=binary, progress=progress(baseline))
            )
    click.echo(f"{len(collection.documents):,} documents, {measured[0].questions:,} questions")
    for line in table(measured):
        click.echo(line)
    if out:
        _write(out, measured)


def table(measured: list[Measured]) -> Iterator[str]:
    """Lines: a metric each, mean and interval of every ranker, how the first differs from the
    second."""
    names = [one.name for one in measured]
    yield (
        f"{'metric':<12}"
        + "".join(f"{name:<24}" for name in names).rstrip()
        + ("  difference" if len(measured) > 1 else "")
    )
    gains = measured[0].gain_over(measured[1]) if len(measured) > 1 else {}
    for metric in measured[0].metrics:
        cells = [one.metrics[metric] for one in measured]
        row = "".join(f"{cell.mean:.3f} [{cell.low:.3f}, {cell.high:.3f}]    " for cell in cells)
        if metric in gains:
            gain = gains[metric]
            row += f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
        yield f"{metric:<12}{row.rstrip()}"


def _write(out: Path, measured: list[Measured]) -> None:
    try:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(measured)))
    except OSError as error:
        raise click.FileError(str(out), hint=error.strerror) from error


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal, a line every two seconds elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines
        return
    from rich.console import Console  # noqa: PLC0415 - not where there is no terminal
    from rich.progress import Progress as Bar  # noqa: PLC0415

    with Bar(console=Console(stderr=True), transient=True) as bar:

        def stage(doing: str) -> Callable[[int, int], None]:
            task = bar.add_task(doing, total=None)
            return lambda done, total: bar.update(task, completed=done, total=total)

        yield stage


class _Lines:
    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._next = time.monotonic() + _LINE_SECONDS

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _LINE_SECONDS
            click.echo(f"{self._doing}: {done:,} of {total:,}", err=True)
