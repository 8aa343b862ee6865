"""Jobs: taken by one, tried again, given back by the dead."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from api.working import work
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id
from core.tasks.job import MOST_ATTEMPTS, Job, pause_after
from ext.postgres.jobs import JobQueue, enqueue

KIND = "test.kind"


@pytest.fixture
def queue(pool: asyncpg.Pool) -> JobQueue:
    return JobQueue(pool, [KIND])


async def ask(pool: asyncpg.Pool, subject: UUID | None = None, due: datetime | None = None) -> None:
    async with pool.acquire() as connection:
        await enqueue(connection, KIND, subject, due)


async def rows(pool: asyncpg.Pool) -> list[asyncpg.Record]:
    async with pool.acquire() as connection:
        found: list[asyncpg.Record] = await connection.fetch("select * from job")
        return found


async def nothing() -> None: ...


async def test_each_job_is_taken_by_one_of_many(pool: asyncpg.Pool, queue: JobQueue) -> None:
    subjects = [new_id() for _ in range(20)]
    for subject in subjects:
        await ask(pool, subject)

    taken = await asyncio.gather(*(queue.take() for _ in range(25)))

    assert sorted(job.subject for job in taken if job and job.subject) == sorted(subjects)
    assert taken.count(None) == 5


async def test_job_asked_for_twice_is_done_once(pool: asyncpg.Pool) -> None:
    subject = new_id()
    for _ in range(3):
        await ask(pool, subject)
        await ask(pool)

    assert len(await rows(pool)) == 2


async def test_job_is_asked_for_with_the_transaction_or_not_at_all(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await enqueue(connection, KIND, None)
        await transaction.rollback()

    assert await rows(pool) == []


async def test_job_of_a_dead_worker_is_taken_again_and_the_dead_one_changes_nothing(
    pool: asyncpg.Pool, queue: JobQueue
) -> None:
    await ask(pool)
    dead = await queue.take()
    assert dead is not None
    assert await queue.take() is None
    async with pool.acquire() as connection:
        await connection.execute("update job set leased_until = now() - interval '1 s'")

    again = await queue.take()
    await queue.done(dead, None)
    await queue.failed(dead, "late", 0)

    assert again is not None
    assert (again.id, again.attempt) == (dead.id, 2)
    [row] = await rows(pool)
    assert (row["attempts"], row["fault"]) == (2, None)


async def test_job_not_due_waits(pool: asyncpg.Pool, queue: JobQueue) -> None:
    await ask(pool, due=datetime.now(UTC) + timedelta(hours=1))

    assert await queue.take() is None


async def test_failing_job_is_tried_five_times_and_kept_without_names(
    pool: asyncpg.Pool, queue: JobQueue
) -> None:
    await ask(pool)
    stop = asyncio.Event()
    attempts = []

    async def failing(job: Job) -> None:
        attempts.append(job.attempt)
        async with pool.acquire() as connection:
            await connection.execute("update job set due_at = now()")
        if len(attempts) == MOST_ATTEMPTS:
            stop.set()
        raise ValueError("no letter for ada@example.org")

    class Impatient(JobQueue):
        async def failed(self, job: Job, fault: str, pause_seconds: float) -> None:
            await super().failed(job, fault, 0.0)

    await work(Impatient(pool, [KIND]), {KIND: failing}, stop, begin=nothing, idle_seconds=0.01)

    [row] = await rows(pool)
    assert attempts == [1, 2, 3, 4, 5]
    assert row["fault"] == "ValueError: no letter for [e-mail]"
    assert await queue.take() is None
    await ask(pool)
    assert await queue.take() is not None


async def test_done_job_is_forgotten_and_a_nightly_one_comes_again(pool: asyncpg.Pool) -> None:
    nightly, once = None, new_id()
    await ask(pool, nightly)
    await ask(pool, once)
    stop, night = asyncio.Event(), datetime.now(UTC) + timedelta(days=1)
    done = []

    async def doing(job: Job) -> datetime | None:
        done.append(job.subject)
        if len(done) == 2:
            stop.set()
        return night if job.subject is None else None

    queue = JobQueue(pool, [KIND])
    await work(queue, {KIND: doing}, stop, begin=nothing, idle_seconds=0.01)

    [row] = await rows(pool)
    assert done == [nightly, once]
    assert (row["subject"], row["due_at"], row["attempts"]) == (None, night, 0)


async def test_work_begins_when_the_database_is_back() -> None:
    stop, tries = asyncio.Event(), []

    async def begin() -> None:
        tries.append(1)
        stop.set()
        raise Unavailable("the database is away")

    class Unasked:
        async def take(self) -> Job | None:
            raise AssertionError("nothing was begun")

        extend = done = failed = take

    await work(Unasked(), {}, stop, begin=begin, idle_seconds=0.01)  # type: ignore[arg-type]

    assert tries == [1]


def test_pauses_grow_to_an_hour() -> None:
    assert [pause_after(attempt) for attempt in (1, 2, 3, 9)] == [10, 40, 160, 3600]
