"""`bookwheel serve`: the HTTP workers, and whatever keeps them running."""

import os
import shutil
import socket
import sys
from pathlib import Path

import click

from api.cli.options import with_settings
from api.processes import Child, Supervisor, die_with_parent
from api.settings import Settings, environment_of
from core.kernel.errors import Unavailable

BACKLOG = 2048


class PortTaken(Unavailable): ...


@click.command(help="Answer HTTP requests with several worker processes.")
@with_settings("host", "port", "workers", "database_url")
def command(settings: Settings) -> None:
    from api.wiring.accounts import (  # noqa: PLC0415 - not for `--help`
        held_signing_key,
        openid_providers,
    )
    from api.wiring.databases import embedded_postgres  # noqa: PLC0415
    from api.wiring.fields import held_field_keys  # noqa: PLC0415
    from api.wiring.mail import mail  # noqa: PLC0415

    die_with_parent()
    # A bad one of these would end every worker anew, again and again.
    held_signing_key(settings)
    held_field_keys(settings)
    openid_providers(settings)
    mail(settings)
    listening = listen(settings)
    postgres = embedded_postgres(settings)
    if postgres is not None:
        postgres.start()
    host, port = listening.getsockname()[:2]
    click.echo(f"bookwheel serves on http://{host}:{port}", err=True)
    supervisor = Supervisor(
        worker_children(settings, listening), ensure=postgres.ensure if postgres else lambda: None
    )
    try:
        supervisor.start()
        supervisor.run()
    finally:
        if postgres is not None:
            postgres.stop()


def listen(settings: Settings) -> socket.socket:
    """The socket that all workers accept on. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
            remedy="stop what holds it, or choose another with --port (0: any that is free)",
        ) from error
    listening.listen(BACKLOG)
    return listening


def worker_children(settings: Settings, listening: socket.socket, *, log: str = "") -> list[Child]:
    """One child for each worker; they share the socket and a fresh folder for their metrics."""
    metrics = metrics_folder(settings.data_dir / "run")
    environment = {**environment_of(settings), "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    descriptor = listening.fileno()
    command = (sys.executable, "-m", "api.worker", "--fd", str(descriptor))
    return [
        Child(f"worker {number + 1}", command, environment, (descriptor,), log)
        for number in range(settings.workers or os.cpu_count() or 1)
    ]


def metrics_folder(run: Path) -> Path:
    """A fresh folder that this process's workers count in; those of ended ones are removed."""
    run.mkdir(parents=True, exist_ok=True)
    for folder in run.glob("metrics-*"):
        pid = folder.name.removeprefix("metrics-")
        if not Path("/proc", pid).exists() or pid == str(os.getpid()):
            shutil.rmtree(folder, ignore_errors=True)
    folder = run / f"metrics-{os.getpid()}"
    folder.mkdir()
    return folder
