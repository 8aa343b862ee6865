"""Letters that wait: none is lost, none goes before its transaction, none is sent for ever."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from core.accounts.account import Account
from core.mail.delivery import MOST_TRIES, Delivery
from core.mail.letter import Letter, MailRefused, MailUnavailable
from core.stores.store import Store
from ext.postgres.accounts import AccountRepository
from ext.postgres.letter_box import post
from ext.postgres.one_time_secrets import SecretRepository
from ext.postgres.pool import transaction_of
from ext.postgres.retention import RULES, forget_old
from ext.postgres.waiting_letters import WaitingLetterRepository

LEASE = timedelta(minutes=2)


class Site:
    def of(self, store: Store) -> str:
        return "https://shop.example"


class Postman:
    """Stands where a mail server would, and fails as one: what is tested is what waits for it."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.sent: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(letter)


@pytest.fixture
def letters(pool: asyncpg.Pool) -> WaitingLetterRepository:
    return WaitingLetterRepository(pool)


@pytest.fixture
async def ann(pool: asyncpg.Pool, store: Store) -> Account:
    return await AccountRepository(pool).create(
        store, email="ann@example.org", display_name="Ann", password_hash=None
    )


def delivery(pool: asyncpg.Pool, postman: Postman) -> Delivery:
    return Delivery(WaitingLetterRepository(pool), SecretRepository(pool), postman, Site())


async def due_now(pool: asyncpg.Pool) -> None:
    await pool.execute("update waiting_letter set due_at = now() - interval '1 s'")


async def test_letter_of_a_transaction_that_failed_never_goes(
    pool: asyncpg.Pool, store: Store, letters: WaitingLetterRepository
) -> None:
    async def failing() -> None:
        async with transaction_of(pool) as connection:
            await post(connection, store.id, "verify-email", "ann@example.org")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()

    assert await letters.take(LEASE) is None


async def test_letter_is_not_seen_before_its_transaction_commits(
    pool: asyncpg.Pool, store: Store, letters: WaitingLetterRepository
) -> None:
    async with transaction_of(pool) as connection:
        await post(connection, store.id, "verify-email", "ann@example.org")
        early = await letters.take(LEASE)

    assert early is None
    assert await letters.take(LEASE) is not None


async def test_many_workers_take_each_letter_once(
    pool: asyncpg.Pool, store: Store, letters: WaitingLetterRepository
) -> None:
    for number in range(20):
        await letters.post(store.id, "reset-password", f"reader{number}@example.org")

    taken = await asyncio.gather(*(letters.take(LEASE) for _ in range(40)))

    ids = [each.id for each in taken if each is not None]
    assert len(ids) == len(set(ids)) == 20


async def test_letter_of_a_worker_that_died_is_taken_again(
    pool: asyncpg.Pool, ann: Account, letters: WaitingLetterRepository
) -> None:
    abandoned = await letters.take(LEASE)
    hidden = await letters.take(LEASE)
    await due_now(pool)  # the lease has run out
    postman = Postman()

    await delivery(pool, postman).deliver_next()

    assert hidden is None
    assert abandoned is not None
    assert [letter.reference for letter in postman.sent] == [str(abandoned.id)]
    assert await pool.fetchval("select count(*) from waiting_letter") == 0


async def test_letter_waits_while_the_server_is_away_and_then_goes(
    pool: asyncpg.Pool, ann: Account
) -> None:
    postman = Postman(MailUnavailable("away"), MailUnavailable("away"))
    sending = delivery(pool, postman)

    for pause in (timedelta(seconds=15), timedelta(seconds=30)):
        before = await pool.fetchval("select now()")
        await sending.deliver_next()
        due, after = await pool.fetchrow("select due_at, now() from waiting_letter")
        assert before <= due - pause <= after
        await due_now(pool)
    await sending.deliver_next()

    assert len(postman.sent) == 1


async def test_letter_that_is_refused_is_given_up_and_forgotten_after_a_week(
    pool: asyncpg.Pool, ann: Account
) -> None:
    sending = delivery(pool, Postman(MailRefused("550 no such mailbox")))

    assert await sending.deliver_next()

    row = await pool.fetchrow("select why, given_up_at from waiting_letter")
    assert row["why"] == "550 no such mailbox"
    assert row["given_up_at"] is not None
    assert not await sending.deliver_next()
    await pool.execute("update waiting_letter set given_up_at = now() - interval '8 days'")
    await forget_old(pool, dict.fromkeys(RULES, 7))
    assert await pool.fetchval("select count(*) from waiting_letter") == 0


async def test_letter_is_not_tried_for_ever(pool: asyncpg.Pool, ann: Account) -> None:
    await pool.execute("update waiting_letter set tries = $1", MOST_TRIES - 1)

    await delivery(pool, Postman(MailUnavailable("away"))).deliver_next()

    assert await pool.fetchval("select given_up_at is not null from waiting_letter")


async def test_letter_that_breaks_whoever_sends_it_is_given_up(
    pool: asyncpg.Pool, ann: Account
) -> None:
    await pool.execute("update waiting_letter set tries = $1", MOST_TRIES - 1)
    sending = delivery(pool, Postman(ZeroDivisionError(), ZeroDivisionError()))

    with pytest.raises(ZeroDivisionError):
        await sending.deliver_next()
    await due_now(pool)
    assert await sending.deliver_next()

    assert await pool.fetchval("select given_up_at is not null from waiting_letter")


async def test_database_holds_no_link(pool: asyncpg.Pool, ann: Account) -> None:
    postman = Postman()

    await delivery(pool, postman).deliver_next()

    token = postman.sent[0].text.split("#verify-email=")[1].split()[0]
    for table in ("waiting_letter", "one_time_secret"):
        rows = await pool.fetch(f"select t::text as row from {table} t")
        assert all(token not in row["row"] for row in rows)


async def test_address_that_nobody_has_is_sent_nothing(
    pool: asyncpg.Pool, store: Store, letters: WaitingLetterRepository
) -> None:
    await letters.post(store.id, "reset-password", "nobody@example.org")
    postman = Postman()

    assert await delivery(pool, postman).deliver_next()

    assert postman.sent == []
    assert await pool.fetchval("select count(*) from waiting_letter") == 0


async def test_second_letter_of_a_kind_waits_for_none(
    pool: asyncpg.Pool, store: Store, letters: WaitingLetterRepository
) -> None:
    for address in ("ann@example.org", "ANN@example.org"):
        await letters.post(store.id, "reset-password", address)

    assert await pool.fetchval("select count(*) from waiting_letter") == 1
