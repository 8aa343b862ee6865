"""`bookwheel import`: a catalogue or its ratings from a file into a store."""

import asyncio
import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import click

from api.cli.options import with_settings
from api.processes import give_way
from api.settings import Settings
from core.importing.books import Rejection
from core.importing.mapping import BadMapping
from core.importing.summary import ImportSummary, Reasons

REJECT_FIELDS = ("line", "reason", "identity", "title")


@click.command(help="Import books, or ratings and purchases, from CSV, JSON Lines or Parquet.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", default="", help="A built-in mapping or FILE.toml; else what fits.")
@click.option("--kind", type=click.Choice(["books", "interactions"]), help="What FILE holds.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rejected rows go: *.csv, else JSON Lines.",
)
@with_settings("database_url", "store")
def command(
    settings: Settings,
    file: Path,
    mapping: str,
    kind: Literal["books", "interactions"] | None,
    rejects: Path | None,
) -> None:
    from api.wiring.catalogues import catalogue_file, import_catalogue  # noqa: PLC0415 - not for `--help`

    give_way()
    try:
        catalogue = catalogue_file(file, mapping, kind)
    except BadMapping as error:
        raise click.UsageError(f"{error.detail}; {error.remedy}".rstrip("; ")) from error
    click.echo(
        f"importing {catalogue.mapping.kind} from {file.name} by the mapping "
        f"{catalogue.mapping_name!r} into the store {settings.store!r}"
    )
    reasons = Reasons()
    with _rejects_written_to(rejects) as write, _progress(catalogue.about_rows()) as progress:

        def refused(rejection: Rejection) -> None:
            reasons.add(rejection)
            write(rejection)

        summary = asyncio.run(
            import_catalogue(settings, catalogue, refused=refused, progress=progress)
        )
    _tell(summary, reasons, rejects)


def _tell(summary: ImportSummary, reasons: Reasons, rejects: Path | None) -> None:
    click.echo(
        f"{summary.read:,} read: {summary.added:,} added, {summary.changed:,} changed, "
        f"{summary.unchanged:,} unchanged, {summary.rejected:,} rejected; {summary.seconds:.1f} s"
    )
    if summary.readers:
        click.echo(f"{summary.readers:,} readers made known")
    if summary.rejected:
        for sentence in reasons.told():
            click.echo(f"rejected: {sentence}", err=True)
        where = f"all are in {rejects}" if rejects else "--rejects FILE keeps them all"
        click.echo(f"rejected rows were not imported, the others were; {where}", err=True)


@contextmanager
def _rejects_written_to(path: Path | None) -> Iterator[Callable[[Rejection], None]]:
    """A function that writes one rejection: to a CSV or a JSON Lines file, or nowhere."""
    if path is None:
        yield lambda rejection: None
        return
    try:
        opened = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise click.FileError(str(path), hint=error.strerror) from error
    with opened as target:
        if path.suffix.lower() == ".csv":
            rows = csv.DictWriter(target, REJECT_FIELDS)
            rows.writeheader()
            yield lambda rejection: rows.writerow(_fields(rejection))
        else:
            yield lambda rejection: print(
                json.dumps(_fields(rejection), ensure_ascii=False), file=target
            )


def _fields(rejection: Rejection) -> dict[str, object]:
    return {name: getattr(rejection, name) for name in REJECT_FIELDS}


@contextmanager
def _progress(rows: int) -> Iterator[Callable[[str, int], None]]:
    """A bar on a terminal, a line for each stage elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console  # noqa: PLC0415 - not where there is no terminal
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        stages = {"reading": bar.add_task("reading", total=rows)}

        def show(doing: str, done: int) -> None:
            if doing not in stages:
                for stage in stages.values():
                    bar.remove_task(stage)
                stages.clear()
                # Nobody knows how long the database takes over a statement: the bar pulses.
                stages[doing] = bar.add_task(f"{doing}, {done:,} rows", total=None)
            elif doing == "reading":
                bar.update(stages[doing], completed=done)

        yield show


class _Lines:
    """Says each stage once, with how many rows it is about."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, doing: str, done: int) -> None:
        if doing not in ("reading", self._said):
            self._said = doing
            click.echo(f"{doing}: {done:,} rows", err=True)
