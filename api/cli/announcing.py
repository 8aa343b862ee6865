"""What the demo says once it answers: where, how to ask, and who to be."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from api.cli.steps import Steps
from api.routes.accounts import DEMO_FILE
from api.settings import Settings


class Announcement:
    """Asks `/readyz` each time it is called; says everything when it answers, and True."""

    def __init__(self, settings: Settings, steps: Steps, log: Path) -> None:
        self._settings = settings
        self._address = f"http://{settings.host}:{settings.port}"
        self._steps = steps
        self._log = log

    def __call__(self) -> bool:
        if not self._ready():
            return False
        seconds = self._steps.seconds()
        click.echo(f"\n{self._address} is ready after {seconds:.1f} s; Ctrl-C stops everything.\n")
        for line in self._curls():
            click.echo(f"  {line}")
        click.echo("")
        for account in json.loads((self._settings.data_dir / DEMO_FILE).read_text())["accounts"]:
            click.echo(f"  {account['email']:<22} {account['password']:<28} {_about(account)}")
        click.echo(f"\nRequests and warnings: {self._log}")
        return True

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._address}/readyz", timeout=1) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except OSError:
            return False

    def _curls(self) -> list[str]:
        api = f"{self._address}/api/v1"
        shown = [
            f"{api}/search?{urlencode({'q': 'tolkein lord rings', 'size': 3})}",
            f"{api}/search/autocomplete?{urlencode({'q': 'prid'})}",
            f"{api}/books/trending?{urlencode({'days': 7, 'size': 3})}",
        ]
        return [f"curl -s '{url}'" for url in shown]


def _about(account: dict[str, Any]) -> str:
    tastes = ", ".join(account.get("tastes", ()))
    return f"{account['display_name']}: {tastes}" if tastes else str(account["display_name"])
