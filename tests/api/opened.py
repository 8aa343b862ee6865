"""Services that a test asks in its own process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from api.services import Services
from api.settings import Settings
from api.wiring.serving import services
from core.kernel.errors import Invalid, Unavailable


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Services]:
    """Once stores are served: a busy machine may take longer than the two seconds that a worker
    waits for them."""
    async with services(settings) as made:
        async with asyncio.timeout(300):
            while not served(made):  # noqa: ASYNC110 # the database answers, files are read
                await asyncio.sleep(0.005)
        yield made


def served(made: Services) -> bool:
    try:
        made.for_store(None, None)
    except Unavailable:
        return False
    except Invalid:  # several are
        return True
    return True
