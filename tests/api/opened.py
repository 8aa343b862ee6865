"""Services that a test asks in its own process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from api.services import Services
from api.settings import Settings
from api.wiring.serving import services


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Services]:
    """Once stores are served: a busy machine may take longer than the two seconds that a worker
    waits for them."""
    async with services(settings) as made:
        async with asyncio.timeout(300):
            while made.readiness().status == "not ready":  # noqa: ASYNC110 # files are read
                await asyncio.sleep(0.005)
        yield made
