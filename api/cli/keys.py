"""`bookwheel keys`: what signs access tokens, and what seals fields in the database."""

import asyncio

import click

from api.cli.options import with_settings
from api.cli.steps import Steps
from api.settings import Settings


@click.group(help="The keys that sign access tokens and seal fields of the database.")
def command() -> None: ...


@command.command()
@click.option("--fields", is_flag=True, help="The key that seals fields, and seal all anew.")
@with_settings("database_url")
def rotate(settings: Settings, *, fields: bool) -> None:
    """Sign with a new key; tokens of the old one are good until they expire.

    With --fields: seal fields of the database with a new key, and seal anew what the old ones
    sealed. Running servers notice by themselves and go on meanwhile.
    """
    from api.wiring.accounts import rotate_signing_key  # noqa: PLC0415 - not for `--help`
    from api.wiring.fields import rotate_field_key  # noqa: PLC0415

    if not fields:
        key = rotate_signing_key(settings)
        click.echo(f"access tokens are signed with key {key} from now on")
        return
    click.echo(f"fields are sealed with key {rotate_field_key(settings)} from now on")
    _reseal(settings)


@command.command()
@with_settings("database_url")
def reseal(settings: Settings) -> None:
    """Seal anew what old keys sealed: after a key was changed by hand, or a rotation stopped."""
    _reseal(settings)


@command.command()
@with_settings("database_url")
def forget(settings: Settings) -> None:
    """Remove keys of fields replaced an hour ago that sealed nothing which is left.

    Backups may need them still.
    """
    from api.wiring.fields import forget_field_keys  # noqa: PLC0415 - not for `--help`

    gone = asyncio.run(forget_field_keys(settings))
    click.echo(f"forgot {', '.join(gone)}" if gone else "no key can be forgotten yet")


def _reseal(settings: Settings) -> None:
    from api.wiring.fields import reseal_fields  # noqa: PLC0415 - not for `--help`

    with Steps().step("sealing fields anew") as step:
        resealed = asyncio.run(reseal_fields(settings, step.report))
        step.done = f"{resealed.done:,} fields sealed anew"
    for place in resealed.unreadable:
        click.echo(f"cannot be opened with any key here: {place}", err=True)
    if resealed.unreadable:
        raise SystemExit(1)
