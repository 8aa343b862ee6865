"""What `bookwheel work` does, and how."""

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial

import asyncpg
from msgspec import Struct

from api.settings import Settings
from api.wiring.databases import running_database
from api.wiring.privacy import exports
from core.kernel.errors import Unavailable
from core.privacy.export import JOB as EXPORT
from core.tasks.job import Handler, Job
from ext.postgres import migrating, popular_queries, retention
from ext.postgres.jobs import JobQueue, enqueue
from ext.postgres.pool import open_pool, transaction_of

_LOGGER = logging.getLogger("bookwheel.work")


class Workshop(Struct, frozen=True):
    """begin: has what comes by night come; raises Unavailable, and is to be tried again then."""

    queue: JobQueue
    handlers: Mapping[str, Handler]
    begin: Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def workshop(settings: Settings) -> AsyncIterator[Workshop]:
    """Call it from the main thread, see `running_database`; it opens while the database is away."""
    with running_database(settings) as url:
        pool = await open_pool(url, size=3)
        make = exports(settings, pool).make

        async def export(job: Job) -> None:
            await make(job)

        handlers: dict[str, Handler] = {
            EXPORT: export,
            retention.JOB: partial(_forget_old, settings, pool),
            popular_queries.JOB: partial(_count_popular, pool),
        }
        try:
            yield Workshop(JobQueue(pool, list(handlers)), handlers, partial(schedule, pool))
        finally:
            pool.terminate()


async def schedule(pool: asyncpg.Pool) -> None:
    """Have what comes by night come, once for all workers. Raises DatabaseUnavailable."""
    if not await migrating.schema_ready(pool):
        raise Unavailable("the schema is not up to date", remedy="run `bookwheel migrate`")
    async with transaction_of(pool) as connection:
        await enqueue(connection, retention.JOB, None, retention.next_night())
        await enqueue(connection, popular_queries.JOB, None)


async def _forget_old(settings: Settings, pool: asyncpg.Pool, job: Job) -> datetime:
    gone = await retention.forget_old(
        pool, {name: getattr(settings, name) for name in retention.RULES}
    )
    for table, count in gone.items():
        _LOGGER.info("forgot %d rows of %s", count, table)
    return retention.next_night()


async def _count_popular(pool: asyncpg.Pool, job: Job) -> datetime:
    for store, count in (await popular_queries.count_popular(pool)).items():
        _LOGGER.info("%d popular queries of %s", count, store)
    return retention.next_night()
