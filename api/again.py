"""A question that is asked again and again, whatever becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from logging import Logger

from core.kernel.errors import Unavailable

TROUBLED_SECONDS = 2.0
"""Between two questions behind one that failed as none should."""


async def again(
    ask: Callable[[], Awaitable[object]], *, seconds: float, logger: Logger, trouble: str
) -> None:
    """For ever, with so many seconds between. trouble: what a failure means, for the log."""
    while True:
        pause = seconds
        try:
            await ask()
        except Unavailable as error:
            logger.debug("%s: %s", trouble, error)
        except Exception as error:  # whatever it is, what is news later must be heard of
            logger.error(trouble, exc_info=error)
            pause = TROUBLED_SECONDS
        await asyncio.sleep(pause)
