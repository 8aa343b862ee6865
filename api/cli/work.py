"""`bookwheel work`: do jobs as they come, and by night what comes by night."""

import asyncio
import signal

import click

from api.cli.options import with_settings
from api.processes import die_with_parent, give_way
from api.settings import Settings


@click.command(help="Do jobs (exports, nightly rounds) until stopped; any number may run.")
@with_settings("database_url")
def command(settings: Settings) -> None:
    from api.wiring.working import workshop  # noqa: PLC0415 - not for `--help`
    from api.worker import configure_logging  # noqa: PLC0415
    from api.working import work  # noqa: PLC0415

    die_with_parent()
    configure_logging(settings.log_level)

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with workshop(settings) as shop:
            give_way()  # not before: a PostgreSQL that it starts serves others, too
            await work(shop.queue, shop.handlers, stop, begin=shop.begin)

    asyncio.run(run())
