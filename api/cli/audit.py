"""`bookwheel audit`: whether the audit log is what was written."""

import asyncio

import click

from api.cli.options import with_settings
from api.settings import Settings


@click.group(help="The audit log.")
def command() -> None: ...


@command.command()
@click.option("--seal", default="", help="A seal noted before, in hex: must be in the chain still.")
@with_settings()
def verify(settings: Settings, seal: str) -> None:
    """Recompute every seal of the store; name each entry that was edited, removed or reordered.

    Exit status 1 where there is one. Note the last seal elsewhere: whoever rewrites the whole
    chain cannot rewrite your note.
    """
    from api.wiring.auditing import audited  # noqa: PLC0415 - not for `--help`

    found = asyncio.run(audited(settings, seal))
    for flaw in found.flaws:
        click.echo(f"{flaw.kind} {flaw.seq}: {flaw.told}", err=True)
    if found.seal_missing:
        click.echo(f"the seal {seal} is not in the chain", err=True)
    if found.flaws or found.seal_missing:
        raise SystemExit(1)
    click.echo(f"{found.count} entries, all as they were sealed; the last seal is {found.seal}")
