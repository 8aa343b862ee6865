"""`bookwheel user`: accounts made by whoever holds the machine."""

import asyncio
import sys

import click

from api.cli.options import with_settings
from api.settings import Settings


@click.group(help="Accounts: readers, staff, admins.")
def command() -> None: ...


@command.command(help="Create an account; the password comes from a prompt or standard input.")
@click.argument("email")
@click.option("--role", type=click.Choice(["reader", "staff", "admin"]), default="reader")
@click.option("--name", "display_name", help="How pages call this person; default: the e-mail.")
@with_settings("database_url", "store")
def create(settings: Settings, email: str, role: str, display_name: str | None) -> None:
    from api.wiring.accounts import create_account  # noqa: PLC0415 - not for `--help`
    from api.wiring.databases import running_database  # noqa: PLC0415

    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    with running_database(settings) as url:
        account = asyncio.run(
            create_account(
                settings,
                url,
                email=email,
                password=password,
                role=role,
                display_name=display_name or email.partition("@")[0],
            )
        )
    click.echo(f"created {account.role} {account.email} ({account.id})")


@command.command("end-sessions", help="Sign an account out everywhere, within a second.")
@click.argument("email")
@with_settings("database_url", "store")
def end_sessions(settings: Settings, email: str) -> None:
    from api.wiring.accounts import end_sessions as end  # noqa: PLC0415 - not for `--help`

    ended = asyncio.run(end(settings, email))
    click.echo(f"ended {ended} session{'' if ended == 1 else 's'} of {email}")
