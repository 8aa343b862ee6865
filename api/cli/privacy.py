"""`bookwheel privacy`: erase somebody who has asked for it, and prove it."""

import asyncio
from typing import TextIO

import click
import msgspec

from api.cli.options import with_settings
from api.settings import Settings


@click.group(help="Erase a reader, verify a receipt, erase again after a restore.")
def command() -> None: ...


@command.command()
@click.argument("email")
@click.confirmation_option(prompt="This cannot be undone. Erase the account?")
@with_settings("database_url", "store")
def erase(settings: Settings, email: str) -> None:
    """Erase the account of an e-mail address; prints the receipt for its reader."""
    from api.wiring.privacy import erase_account  # noqa: PLC0415 - not for `--help`

    receipt = asyncio.run(erase_account(settings, email))
    click.echo(msgspec.json.format(msgspec.json.encode(receipt)).decode())


@command.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@with_settings("database_url", "store")
def verify(settings: Settings, file: TextIO) -> None:
    """Say whether the receipt in a file (- for standard input) is genuine."""
    from api.wiring.privacy import verify_receipt  # noqa: PLC0415 - not for `--help`

    verified = asyncio.run(verify_receipt(settings, file.read().strip()))
    click.echo(msgspec.json.format(msgspec.json.encode(verified)).decode())


@command.command()
@with_settings("database_url", "store")
def again(settings: Settings) -> None:
    """Erase whom a restored backup has brought back; needs the rows of `erasure` as they were."""
    from api.wiring.privacy import erase_again  # noqa: PLC0415 - not for `--help`

    click.echo(f"{asyncio.run(erase_again(settings))} readers erased again")
