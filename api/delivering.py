"""Sends waiting letters while a worker runs: after their transactions, outside every request."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Protocol

from api.beside import beside
from core.kernel.errors import Unavailable

LOOK_SECONDS = 1.0
"""Between looks while none is waiting."""

_LOGGER = logging.getLogger("bookwheel.mail")


class Delivers(Protocol):
    async def deliver_next(self) -> bool: ...


@contextlib.asynccontextmanager
async def delivering(delivery: Delivers) -> AsyncIterator[None]:
    """Send letters until the end of the block; what is in hand then is taken up by another."""
    async with beside(_deliver(delivery)):
        yield


async def _deliver(delivery: Delivers) -> None:
    while True:
        try:
            more = await delivery.deliver_next()
        except Unavailable as error:
            _LOGGER.debug("letters wait: %s", error)
            more = False
        except Exception as error:  # whatever it is, the next letter must go
            _LOGGER.error("a letter could not be sent", exc_info=error)
            more = False
        if not more:
            await asyncio.sleep(LOOK_SECONDS)
