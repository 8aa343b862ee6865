"""Lockout in PostgreSQL: what is counted, for how long, and whom it cannot harm."""

import asyncio

import asyncpg
import pytest

from core.accounts.lockout import Attempt, SignInLocked, attempt_of
from core.stores.store import Store
from ext.postgres.sign_in_attempts import AttemptRepository

HOME, ELSEWHERE = b"home", b"elsewhere"


@pytest.fixture
def attempts(pool: asyncpg.Pool) -> AttemptRepository:
    return AttemptRepository(pool)


async def fail(
    attempts: AttemptRepository, store: Store, email: str, address: bytes, times: int = 1
) -> None:
    for _ in range(times):
        await attempts.begin(attempt_of(store.id, email, address))


async def seconds_locked(attempts: AttemptRepository, attempt: Attempt) -> int:
    with pytest.raises(SignInLocked) as refused:
        await attempts.begin(attempt)
    return refused.value.retry_after_seconds


async def pass_time(pool: asyncpg.Pool, seconds: int) -> None:
    await pool.execute(
        """update sign_in_attempt set locked_until = locked_until - $1 * interval '1 s',
             failed_at = failed_at - $1 * interval '1 s'""",
        seconds,
    )


async def test_fifth_failure_locks_for_a_quarter_of_an_hour(
    attempts: AttemptRepository, store: Store
) -> None:
    await fail(attempts, store, "Ann@x.example", ELSEWHERE, times=5)

    seconds = await seconds_locked(attempts, attempt_of(store.id, "ann@X.example", b"a third"))

    assert 890 <= seconds <= 901


async def test_attempts_at_once_are_counted_like_attempts_in_turn(
    attempts: AttemptRepository, store: Store
) -> None:
    begun = await asyncio.gather(
        *(attempts.begin(attempt_of(store.id, "ann@x.example", ELSEWHERE)) for _ in range(30)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, Attempt) for each in begun) == 5


async def test_each_further_failure_locks_for_twice_as_long_up_to_an_hour(
    attempts: AttemptRepository, store: Store, pool: asyncpg.Pool
) -> None:
    attempt = attempt_of(store.id, "ann@x.example", ELSEWHERE)
    await fail(attempts, store, "ann@x.example", ELSEWHERE, times=5)

    told = [await seconds_locked(attempts, attempt)]
    for _ in range(3):
        await pass_time(pool, 3601)
        await attempts.begin(attempt)
        told.append(await seconds_locked(attempts, attempt))

    assert [round(seconds, -2) for seconds in told] == [900, 1800, 3600, 3600]


async def test_failures_are_forgotten_after_a_day(
    attempts: AttemptRepository, store: Store, pool: asyncpg.Pool
) -> None:
    await fail(attempts, store, "ann@x.example", ELSEWHERE, times=5)

    await pass_time(pool, 86_401)
    await fail(attempts, store, "ann@x.example", ELSEWHERE, times=4)

    assert await attempts.begin(attempt_of(store.id, "ann@x.example", ELSEWHERE))


async def test_owner_signs_in_where_they_have_before_while_strangers_guess(
    attempts: AttemptRepository, store: Store
) -> None:
    at_home = attempt_of(store.id, "ann@x.example", HOME)
    await attempts.succeeded(await attempts.begin(at_home))
    await fail(attempts, store, "ann@x.example", ELSEWHERE, times=5)

    begun = await attempts.begin(at_home)

    assert begun.known
    await seconds_locked(attempts, attempt_of(store.id, "ann@x.example", ELSEWHERE))


async def test_known_place_is_locked_by_failures_there(
    attempts: AttemptRepository, store: Store
) -> None:
    at_home = attempt_of(store.id, "ann@x.example", HOME)
    await attempts.succeeded(await attempts.begin(at_home))

    await fail(attempts, store, "ann@x.example", HOME, times=5)

    await seconds_locked(attempts, at_home)


async def test_address_that_guesses_at_many_accounts_is_locked(
    attempts: AttemptRepository, store: Store
) -> None:
    for number in range(20):
        await fail(attempts, store, f"reader{number}@x.example", ELSEWHERE)

    await seconds_locked(attempts, attempt_of(store.id, "another@x.example", ELSEWHERE))


async def test_refused_attempt_is_not_counted(
    attempts: AttemptRepository, store: Store, pool: asyncpg.Pool
) -> None:
    attempt = attempt_of(store.id, "ann@x.example", ELSEWHERE)
    await fail(attempts, store, "ann@x.example", ELSEWHERE, times=5)

    for _ in range(3):
        await seconds_locked(attempts, attempt)

    assert await pool.fetch("select distinct failures from sign_in_attempt") == [(5,)]


async def test_success_forgets_the_accounts_failures_and_keeps_the_addresss(
    attempts: AttemptRepository, store: Store, pool: asyncpg.Pool
) -> None:
    await fail(attempts, store, "ann@x.example", ELSEWHERE, times=4)

    attempt = attempt_of(store.id, "ann@x.example", ELSEWHERE)
    await attempts.succeeded(await attempts.begin(attempt))

    rows = await pool.fetch("select subject, failures, locked_until from sign_in_attempt")
    assert rows == [(attempt.address, 4, None)]


async def test_attempt_that_was_withdrawn_leaves_no_trace(
    attempts: AttemptRepository, store: Store, pool: asyncpg.Pool
) -> None:
    await fail(attempts, store, "ann@x.example", ELSEWHERE, times=4)

    fifth = await attempts.begin(attempt_of(store.id, "ann@x.example", ELSEWHERE))
    await attempts.withdrawn(fifth)

    rows = await pool.fetch("select distinct failures, locked_until from sign_in_attempt")
    assert rows == [(4, None)]
