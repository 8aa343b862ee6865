"""`bookwheel demo`: the whole store on this machine, filled, indexed, trained and served."""

import asyncio
import fcntl
import hashlib
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec.structs import replace

from api.cli.announcing import Announcement
from api.cli.options import with_settings
from api.cli.preparing import prepare
from api.cli.serve import PortTaken, listen, worker_children
from api.cli.steps import Steps
from api.processes import Child, Supervisor, die_with_parent
from api.settings import Settings, environment_of
from core.kernel.errors import Unavailable

PREPARED_FILE = "prepared"


class AlreadyRunning(Unavailable): ...


@click.command(help="Run everything on sample data, with an embedded PostgreSQL.")
@click.option(
    "--catalogue",
    type=click.Path(exists=True, path_type=Path),
    help="Another catalogue (CSV, JSON Lines, Parquet); a ratings file beside it is loaded, too.",
)
@click.option(
    "--interactions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Ratings or purchases of that catalogue.",
)
@with_settings("host", "port", "workers")
def command(settings: Settings, catalogue: Path | None, interactions: Path | None) -> None:
    die_with_parent()
    if settings.search_url:
        raise click.UsageError("the demo searches in its own process: unset BOOKWHEEL_SEARCH_URL")
    files = chosen_files(catalogue, interactions)
    folder = settings.data_dir / demo_folder(files)
    settings = replace(settings, data_dir=folder, demo=True)
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder):
        run(settings, files)


def run(settings: Settings, files: tuple[Path, ...]) -> None:
    from api.wiring.demo import embedded  # noqa: PLC0415 - not for `--help`

    steps = Steps()
    click.echo(f"Bookwheel keeps this demo in {settings.data_dir}")
    listening = listen_somewhere(settings)
    host, port = listening.getsockname()[:2]
    settings = replace(settings, host=host, port=port)
    log = settings.data_dir / "demo.log"
    postgres = embedded(settings)
    supervisor = Supervisor(
        children(settings, listening, log),
        ensure=postgres.ensure,
        told=lambda line: click.echo(f"  ! {line}"),
    )
    try:
        with steps.step("starting PostgreSQL") as step:
            url = postgres.start()
            step.done = "PostgreSQL runs"
        prepared = settings.data_dir / PREPARED_FILE
        known = prepared.exists()
        if known:
            # They wait by themselves for a schema that may have to be brought up to date.
            supervisor.start()
        asyncio.run(prepare(settings, url, files, steps))
        if not known:
            prepared.touch()
            supervisor.start()
        supervisor.run(ready=Announcement(settings, steps, log))
        click.echo("stopping")
    finally:
        supervisor.stop()
        postgres.stop()


def children(settings: Settings, listening: socket.socket, log: Path) -> list[Child]:
    """The follower, who does jobs, and the workers.

    What they print goes to a file, not between our lines.
    """
    follow = (sys.executable, "-m", "api.cli", "index", "follow")
    follower = Child("follower", follow, environment_of(settings), log=str(log))
    work = (sys.executable, "-m", "api.cli", "work")
    jobs = Child("jobs", work, environment_of(settings), log=str(log))
    return [follower, jobs, *worker_children(settings, listening, log=str(log))]


def listen_somewhere(settings: Settings) -> socket.socket:
    """On the port of the settings, or, where that is taken and was nobody's choice, on another."""
    try:
        return listen(settings)
    except PortTaken:
        if settings.port != Settings().port:
            raise
    click.echo(f"  ! port {settings.port} is taken: using another")
    return listen(replace(settings, port=0))


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Raises AlreadyRunning while another demo runs on the folder."""
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(
                f"a demo runs on {folder} already", remedy="use it, or stop it first"
            ) from error
        yield


def chosen_files(catalogue: Path | None, interactions: Path | None) -> tuple[Path, ...]:
    """The catalogue, then its ratings: those given, or `ratings.*` beside the catalogue."""
    if catalogue is None:
        return () if interactions is None else (interactions,)
    if catalogue.is_dir():
        catalogue = _only(catalogue, "books.*", "works.*")
    beside = interactions or next(iter(sorted(catalogue.parent.glob("ratings.*"))), None)
    return (catalogue,) if beside is None else (catalogue, beside)


def _only(folder: Path, *patterns: str) -> Path:
    for pattern in patterns:
        for found in sorted(folder.glob(pattern)):
            return found
    raise click.UsageError(f"{folder} holds no {' or '.join(patterns)}: name the file itself")


def demo_folder(files: tuple[Path, ...]) -> str:
    """Each catalogue has data of its own, so that no demo mixes with another."""
    if not files:
        return "demo"
    names = "\n".join(str(file.resolve()) for file in files)
    return f"demo-{hashlib.sha256(names.encode()).hexdigest()[:8]}"
