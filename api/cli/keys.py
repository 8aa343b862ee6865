"""`bookwheel keys`: the keys that sign access tokens."""

import click

from api.cli.options import with_settings
from api.settings import Settings


@click.group(help="The keys that sign access tokens.")
def command() -> None: ...


@command.command()
@with_settings()
def rotate(settings: Settings) -> None:
    """Sign with a new key; tokens of the old one are good until they expire.

    Running servers notice by themselves.
    """
    from api.wiring.accounts import rotate_signing_key  # noqa: PLC0415 - not for `--help`

    click.echo(f"access tokens are signed with key {rotate_signing_key(settings)} from now on")
