"""Keeps a process's knowledge of ended sessions fresh, so that requests ask no database."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection

from api.beside import beside
from core.accounts.ended import EndedFeed, EndedSessions
from core.kernel.errors import Unavailable

ASK_SECONDS = 0.25
TROUBLED_SECONDS = 2.0
"""Between questions: usually, and after one that failed as none should."""

_LOGGER = logging.getLogger("bookwheel.ending")


@contextlib.asynccontextmanager
async def following_ended(
    feed: EndedFeed, ended: EndedSessions, forget: Callable[[Collection[bytes]], object]
) -> AsyncIterator[None]:
    """Ask four times a second until the end of the block; while the feed is away, go on asking.

    forget: is told of erased readers, by digest, some more than once.
    """
    async with beside(_follow(feed, ended, forget)):
        yield


async def _follow(
    feed: EndedFeed, ended: EndedSessions, forget: Callable[[Collection[bytes]], object]
) -> None:
    until: str | None = None
    while True:
        pause = ASK_SECONDS
        try:
            news = await feed.since(until)
            ended.add(news.sessions)
            if news.erased:
                forget(frozenset(news.erased))
            until = news.until
        except Unavailable as error:
            _LOGGER.debug("ended sessions are not known: %s", error)
        except Exception as error:  # whatever it is, those that end later must be heard of
            _LOGGER.error("ended sessions are not known", exc_info=error)
            pause = TROUBLED_SECONDS
        await asyncio.sleep(pause)
