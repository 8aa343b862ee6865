"""Rows that nobody will ask for again, removed while others work."""

import asyncio
import logging
from datetime import timedelta

import asyncpg

from core.kernel.errors import Unavailable
from ext.postgres.api_keys import forget_gone_keys
from ext.postgres.event_months import DAYS_KEPT, prepare_months
from ext.postgres.outbox import trim
from ext.postgres.pool import connection_of
from ext.postgres.sessions import SessionRepository

EVENTS_KEPT = timedelta(days=7)
"""A follower that was away for longer rebuilds its index."""
ROUND_SECONDS = 3600.0

_LOGGER = logging.getLogger("bookwheel.tidying")


async def tidy(
    pool: asyncpg.Pool, *, events_kept: timedelta = EVENTS_KEPT, visits_kept_days: int = DAYS_KEPT
) -> tuple[int, int]:
    """Remove told events and ended sessions, how many of each; and prepare the coming months.

    What is kept of persons for a time that a setting says goes by night: `ext.postgres.retention`.
    Raises DatabaseUnavailable.
    """
    await prepare_months(pool, days_kept=visits_kept_days)
    events = await trim(pool, events_kept)
    async with connection_of(pool) as connection:
        await forget_gone_keys(connection)
    sessions = await SessionRepository(pool, timedelta(0)).forget_expired()
    return events, sessions


async def keep_tidy(
    pool: asyncpg.Pool, *, every_seconds: float = ROUND_SECONDS, visits_kept_days: int = DAYS_KEPT
) -> None:
    """Tidy again and again until cancelled; a database that is away is tried at the next round."""
    while True:
        try:
            events, sessions = await tidy(pool, visits_kept_days=visits_kept_days)
        except Unavailable as error:
            _LOGGER.warning("cannot tidy: %s", error)
        except Exception as error:  # whatever it is, the next round is tried
            _LOGGER.error("cannot tidy", exc_info=error)
        else:
            if events or sessions:
                _LOGGER.info("removed %d told events, %d ended sessions", events, sessions)
        await asyncio.sleep(every_seconds)
