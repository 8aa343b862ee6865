"""Keeps a process's knowledge of API keys fresh, and tells when they were used, in batches."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

from api.again import again
from api.beside import beside
from core.accounts.known_keys import KeyFeed, KnownKeys
from core.kernel.errors import Unavailable

ASK_SECONDS = 0.25
TELL_SECONDS = 30.0
STALE_SECONDS = 43_200.0
"""Who could not ask for so long begins anew: keys that are gone are told of for a day."""

_LOGGER = logging.getLogger("bookwheel.keys")


class KeyFollower:
    def __init__(self, feed: KeyFeed, known: KnownKeys) -> None:
        self._feed = feed
        self._known = known
        self._until: str | None = None
        self._asked = time.monotonic()
        self._told = time.monotonic()
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        """Learn what has changed. Raises Unavailable."""
        async with self._looking:  # of two answers the older must not come second
            now = time.monotonic()
            until = self._until if now - self._asked < STALE_SECONDS else None
            told = await self._feed.since(until)
            self._known.add(told.keys, every=until is None)
            self._until, self._asked = told.until, now

    async def tell(self) -> None:
        """Write down which keys were used; a count that fails is lost. Raises Unavailable."""
        await self._feed.used(self._known.take_used())

    async def follow(self) -> None:
        """Look, and now and then tell. Raises Unavailable."""
        await self.look()
        if time.monotonic() - self._told >= TELL_SECONDS:
            self._told = time.monotonic()
            await self.tell()


@contextlib.asynccontextmanager
async def following_keys(follower: KeyFollower) -> AsyncIterator[None]:
    """Look four times a second until the end of the block, then tell of the last uses."""
    asking = again(
        follower.follow, seconds=ASK_SECONDS, logger=_LOGGER, trouble="API keys are not followed"
    )
    try:
        async with beside(asking):
            yield
    finally:
        with contextlib.suppress(Unavailable):
            await follower.tell()
