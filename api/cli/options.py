"""Options that stand for settings: the command line goes over environment, file and default."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from api.settings import Settings, load

_OPTIONS: dict[str, Callable[..., Any]] = {
    "data_dir": click.option(
        "--data-dir", type=click.Path(path_type=Path), help="Where index, models and data live."
    ),
    "database_url": click.option("--database-url", help="A PostgreSQL to use."),
    "store": click.option("--store", help="Slug of the store that is meant."),
    "host": click.option("--host", help="Address to listen on."),
    "port": click.option("--port", type=int, help="Port to listen on; 0: any that is free."),
    "workers": click.option("--workers", type=int, help="Worker processes; 0: one a core."),
}


def with_settings(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command these options and, as its first argument, the settings they lead to."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def run(**given: Any) -> Any:
            overrides = {name: given.pop(name) for name in ("data_dir", *names)}
            settings: Settings
            settings, _ = load(**overrides)
            return command(settings, **given)

        for name in reversed(("data_dir", *names)):
            run = _OPTIONS[name](run)
        return run

    return decorate
