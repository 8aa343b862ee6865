"""`bookwheel migrate`: brings the schema up to date and makes the store."""

import asyncio

import click

from api.cli.options import with_settings
from api.settings import Settings


@click.command(help="Bring the database's schema up to date; safe when several start at once.")
@click.option("--check", is_flag=True, help="Only say what is pending; exit status 1 if anything.")
@with_settings("database_url", "store")
def command(settings: Settings, check: bool) -> None:
    from api.wiring import databases  # noqa: PLC0415 - not for `--help`

    with databases.running_database(settings) as url:
        if check:
            pending = asyncio.run(databases.pending_migrations(url))
            for migration in pending:
                click.echo(f"pending: {migration}")
            raise SystemExit(1 if pending else 0)
        applied = asyncio.run(databases.migrate(settings, url))
    for migration in applied:
        click.echo(f"applied: {migration}")
    click.echo("the schema is up to date")
