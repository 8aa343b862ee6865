"""`bookwheel access`: who may do what, as a page."""

import click


@click.command()
def command() -> None:
    """Print who may ask what: permissions, routes and fields, as Markdown."""
    from api.routes.every import EVERY  # noqa: PLC0415 - not for `--help`
    from api.schemas.access import access_page  # noqa: PLC0415

    click.echo(access_page(EVERY), nl=False)
