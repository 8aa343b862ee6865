"""Does the jobs that are due, one at a time, until told to stop."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime

from api.beside import beside
from core.kernel.errors import Unavailable
from core.privacy.masking import mask_traceback
from core.tasks.job import MOST_ATTEMPTS, Handler, Job, Queue, pause_after

IDLE_SECONDS = 1.0
AWAY_SECONDS = 5.0
HEARTBEAT_SECONDS = 15.0

_LOGGER = logging.getLogger("bookwheel.work")


async def work(
    queue: Queue,
    handlers: Mapping[str, Handler],
    stop: asyncio.Event,
    *,
    begin: Callable[[], Awaitable[None]],
    idle_seconds: float = IDLE_SECONDS,
) -> None:
    """begin: is done first, again until the database is there.

    What was begun when `stop` is set is done to its end; a database that is away, waited for."""
    away, begun = False, False
    while not stop.is_set():
        pause = idle_seconds
        try:
            if not begun:
                await begin()
                begun = True
            job = await queue.take()
            away = False
            if job is not None:
                await _do(queue, handlers[job.kind], job)
                continue
        except Unavailable as error:
            if not away:
                _LOGGER.error("jobs have to wait: %s", error)
            away, pause = True, AWAY_SECONDS
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _do(queue: Queue, handler: Handler, job: Job) -> None:
    began = asyncio.get_running_loop().time()
    again: datetime | None = None
    try:
        async with _held(queue, job):
            again = await handler(job)
    except Exception as error:  # whatever it is, the next job has nothing to do with it
        _LOGGER.error(
            "job %s failed, attempt %d of %d", job.kind, job.attempt, MOST_ATTEMPTS, exc_info=error
        )
        fault = mask_traceback(f"{type(error).__name__}: {error}")[:500]
        await queue.failed(job, fault, pause_after(job.attempt))
    else:
        await queue.done(job, again)
        seconds = asyncio.get_running_loop().time() - began
        _LOGGER.info("job %s done in %.2f s", job.kind, seconds)


@contextlib.asynccontextmanager
async def _held(queue: Queue, job: Job) -> AsyncIterator[None]:
    """Say again and again that we are alive."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            with contextlib.suppress(Unavailable):
                await queue.extend(job)

    async with beside(beat()):
        yield
