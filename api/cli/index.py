"""`bookwheel index`: keep the indexes in step with the database, rebuild them, show them."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import click
import msgspec

from api.cli.options import with_settings
from api.processes import die_with_parent, give_way, raise_file_limit
from api.settings import Settings
from core.stores.store import Store

Progress = Callable[[Store, int], None]
_LINE_SECONDS = 2.0
IN_STEP_SECONDS = 2.0
"""A follower at work tells many times a second that nothing is missing."""


@click.group(help="Follow the catalogue, rebuild the search index, or show how it is.")
def command() -> None:
    pass


@command.command(help="Keep every store's index in step with the database, until stopped.")
@with_settings("database_url")
def follow(settings: Settings) -> None:
    from api.wiring.indexing import follower  # noqa: PLC0415 - not for `--help`
    from api.worker import configure_logging  # noqa: PLC0415

    die_with_parent()
    raise_file_limit()
    configure_logging(settings.log_level)

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with follower(settings) as following:
            await following.run(stop)

    asyncio.run(run())


@command.command(help="Build the index anew, of one store or of all, beside the one that serves.")
@with_settings("database_url", "store")
@click.option("--all", "every", is_flag=True, help="Every store of the deployment.")
def rebuild(settings: Settings, every: bool) -> None:
    from api.wiring.indexing import follower  # noqa: PLC0415 - not for `--help`

    async def run(progress: Progress) -> dict[str, str]:
        async with follower(settings, progress) as following:
            give_way()  # not before: a PostgreSQL that it starts serves others, too
            return await following.rebuild(None if every else settings.store)

    began = time.monotonic()
    with _progress() as progress:
        built = asyncio.run(run(progress))
    for slug, generation in built.items():
        click.echo(f"store {slug}: {generation}; {time.monotonic() - began:.1f} s")


@command.command(help="Show this node's indexes, or the cluster's, without asking the database.")
@with_settings()
@click.option("--verify", is_flag=True, help="Compare every checksum too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(settings: Settings, verify: bool, as_json: bool) -> None:
    from api.wiring.indexing import index_status  # noqa: PLC0415 - not for `--help`

    if settings.search_url:
        _show_cluster(settings, as_json=as_json)
        return
    found = index_status(settings, verify=verify)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    elif not found:
        click.echo(f"no index in {settings.data_dir} yet; start `bookwheel index follow`")
    else:
        for slug, index in found.items():
            sizes = ", ".join(_sizes(index.generations))
            behind = _behind(index.behind_seconds)
            writer = f"written by process {index.writer}" if index.writer else "nobody writes it"
            click.echo(
                f"store {slug}: {index.version or 'no index'}, {index.living:,} books, "
                f"{index.rows - index.living:,} tombstones, {behind}, {writer}; {sizes}"
            )
            if index.problem:
                click.echo(f"store {slug}: {index.problem}", err=True)
    if not found or any(index.problem for index in found.values()):
        sys.exit(1)


def _show_cluster(settings: Settings, *, as_json: bool) -> None:
    from api.wiring.clusters import cluster_status  # noqa: PLC0415 - not for `--help`

    found = asyncio.run(cluster_status(settings))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    elif not found:
        click.echo("no index in the search cluster yet; start `bookwheel index follow`")
    else:
        for slug, state in found.items():
            told = f"{state.version}, {state.living:,} books, written by {state.writer}"
            click.echo(f"store {slug}: {state.problem or told}", err=bool(state.problem))
    if not found or any(state.problem for state in found.values()):
        sys.exit(1)


def _sizes(generations: Mapping[str, int]) -> Iterator[str]:
    """Of each generation; one being built lies in `.g000002.tmp`."""
    for folder, size in generations.items():
        name = f"{folder[1:-4]} being built" if folder.startswith(".") else folder
        yield f"{name} {size / 1e6:,.1f} MB"


def _behind(seconds: float | None) -> str:
    if seconds is None:
        return "never in step yet"
    return "in step" if seconds < IN_STEP_SECONDS else f"{seconds:,.0f} s behind"


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal, a line every two seconds elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console  # noqa: PLC0415 - not where there is no terminal
    from rich.progress import Progress as Bar  # noqa: PLC0415

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("indexing", total=None)
        yield lambda store, taken: bar.update(task, description=f"{store.slug}: {taken:,} books")


class _Lines:
    def __init__(self) -> None:
        self._next = time.monotonic() + _LINE_SECONDS

    def __call__(self, store: Store, taken: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _LINE_SECONDS
            click.echo(f"{store.slug}: {taken:,} books indexed", err=True)
