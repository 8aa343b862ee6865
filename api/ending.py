"""Keeps a process's knowledge of ended sessions fresh, so that requests ask no database."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection

from api.again import again
from api.beside import beside
from core.accounts.ended import EndedFeed, EndedSessions

ASK_SECONDS = 0.25

_LOGGER = logging.getLogger("bookwheel.ending")


@contextlib.asynccontextmanager
async def following_ended(
    feed: EndedFeed, ended: EndedSessions, forget: Callable[[Collection[bytes]], object]
) -> AsyncIterator[None]:
    """Ask four times a second until the end of the block; while the feed is away, go on asking.

    forget: is told of erased readers, by digest, some more than once.
    """
    until: str | None = None

    async def ask() -> None:
        nonlocal until
        news = await feed.since(until)
        ended.add(news.sessions)
        if news.erased:
            forget(frozenset(news.erased))
        until = news.until

    asking = again(ask, seconds=ASK_SECONDS, logger=_LOGGER, trouble="ended sessions are not known")
    async with beside(asking):
        yield
