"""Accounts and sessions in PostgreSQL."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from core.accounts.account import (
    Account,
    AccountNotFound,
    DuplicateAccount,
    Registration,
    SessionEnded,
    accepted_registration,
)
from core.kernel.errors import Invalid
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.accounts import AccountRepository
from ext.postgres.sessions import SessionRepository
from ext.postgres.stores import create_store

SHOP = Store(new_id(), "main", "Gull & Lantern", "EUR", "gull.example")


@pytest.fixture
def accounts(pool: asyncpg.Pool) -> AccountRepository:
    return AccountRepository(pool)


@pytest.fixture
def sessions(pool: asyncpg.Pool) -> SessionRepository:
    return SessionRepository(pool, timedelta(days=7))


@pytest.fixture
async def ann(accounts: AccountRepository, store: Store) -> Account:
    return await accounts.create(
        store, email="Ann@Example.org", display_name="Ann", password_hash="$argon2id$x"
    )


async def test_account_is_found_by_its_address_in_any_case(
    accounts: AccountRepository, store: Store, ann: Account
) -> None:
    found = await accounts.by_email(store, "ANN@example.ORG")

    assert found is not None
    assert (found.account, found.password_hash) == (ann, "$argon2id$x")
    assert await accounts.by_email(store, "bob@example.org") is None


async def test_address_in_use_is_a_duplicate_in_any_case(
    accounts: AccountRepository, store: Store, ann: Account
) -> None:
    with pytest.raises(DuplicateAccount):
        await accounts.create(store, email="ann@example.ORG", display_name="A", password_hash=None)


async def test_account_of_another_store_does_not_exist(
    accounts: AccountRepository, pool: asyncpg.Pool, ann: Account
) -> None:
    other = await create_store(pool, slug="other", name="Other", currency="EUR")

    assert await accounts.by_email(other, ann.email) is None
    with pytest.raises(AccountNotFound):
        await accounts.by_id(other, ann.id)


async def test_changed_role_and_password_are_stored(
    accounts: AccountRepository, store: Store, ann: Account
) -> None:
    await accounts.set_role(ann.store_id, ann.id, "staff")
    await accounts.set_password(ann.store_id, ann.id, "$argon2id$y")

    found = await accounts.by_email(store, ann.email)
    assert found is not None
    assert (found.account.role, found.password_hash) == ("staff", "$argon2id$y")
    with pytest.raises(AccountNotFound):
        await accounts.set_role(new_id(), new_id(), "admin")


@pytest.mark.parametrize(
    ("registration", "pointer"),
    [
        (Registration(email="nobody", password="long enough"), "/email"),
        (Registration(email="a@b.c\n", password="short"), "/password"),
        (Registration(email="a\x00@b.org", password="long enough"), "/email"),
        (Registration(email="a" * 250 + "@b.org", password="long enough"), "/email"),
        (Registration(email="a@b.org", password="x" * 257), "/password"),
        (Registration(email="a@b.org", password="Gull & Lantern 7"), "/password"),
        (Registration(email="a@b.org", password="gull.example"), "/password"),
        (
            Registration(email="a@b.org", password="long enough", display_name="x\x07"),
            "/display_name",
        ),
    ],
)
def test_broken_registration_is_refused_with_its_place(
    registration: Registration, pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        accepted_registration(registration, SHOP)

    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_who_gives_no_name_is_called_by_the_address() -> None:
    registration = Registration(email=" a@b.org ", password="long enough")

    accepted = accepted_registration(registration, SHOP)

    assert (accepted.email, accepted.display_name) == ("a@b.org", "a")


async def test_renewing_gives_the_next_token_and_the_account_as_it_is_now(
    accounts: AccountRepository, sessions: SessionRepository, store: Store, ann: Account
) -> None:
    token = await sessions.open(store.id, ann.id)
    await accounts.set_role(ann.store_id, ann.id, "admin")

    renewed = await sessions.renew(store.id, token)

    assert renewed.account.role == "admin"
    assert renewed.refresh_token != token
    assert (await sessions.renew(store.id, renewed.refresh_token)).account.id == ann.id


async def test_token_taken_twice_ends_the_whole_session(
    sessions: SessionRepository, store: Store, ann: Account
) -> None:
    stolen = await sessions.open(store.id, ann.id)
    current = (await sessions.renew(store.id, stolen)).refresh_token
    other = await sessions.open(store.id, ann.id)

    with pytest.raises(SessionEnded):
        await sessions.renew(store.id, stolen)

    with pytest.raises(SessionEnded):
        await sessions.renew(store.id, current)
    assert (await sessions.renew(store.id, other)).account == ann


async def test_of_two_renewals_at_once_one_succeeds(
    sessions: SessionRepository, store: Store, ann: Account
) -> None:
    token = await sessions.open(store.id, ann.id)

    outcomes = await asyncio.gather(
        sessions.renew(store.id, token), sessions.renew(store.id, token), return_exceptions=True
    )

    assert sum(isinstance(outcome, SessionEnded) for outcome in outcomes) == 1


async def test_expired_token_is_refused_and_forgotten(
    pool: asyncpg.Pool, store: Store, ann: Account
) -> None:
    sessions = SessionRepository(pool, timedelta(seconds=-1))
    token = await sessions.open(store.id, ann.id)

    with pytest.raises(SessionEnded):
        await sessions.renew(store.id, token)

    assert await sessions.forget_expired() == 1


async def test_session_that_was_renewed_all_along_ends_on_its_last_day(
    pool: asyncpg.Pool, store: Store, ann: Account
) -> None:
    sessions = SessionRepository(pool, timedelta(days=7), timedelta(days=30))
    other = await sessions.open(store.id, ann.id)
    session = new_id()
    token = await sessions.open(store.id, ann.id, session)
    move = "update session set began_at = now() - $2::interval where family = $1"

    await pool.execute(move, session, timedelta(days=29))
    token = (await sessions.renew(store.id, token)).refresh_token
    left = await pool.fetchval(
        "select max(expires_at) - now() from session where family = $1 and rotated_at is null",
        session,
    )
    assert left <= timedelta(days=1)

    await pool.execute(move, session, timedelta(days=30))
    with pytest.raises(SessionEnded):
        await sessions.renew(store.id, token)

    assert await pool.fetchval("select count(*) from session where family = $1", session) == 0
    assert await pool.fetchval("select family from ended_session") == session
    await sessions.renew(store.id, other)


async def test_signing_out_ends_the_session_by_any_of_its_tokens(
    sessions: SessionRepository, store: Store, ann: Account
) -> None:
    first = await sessions.open(store.id, ann.id)
    second = (await sessions.renew(store.id, first)).refresh_token

    await sessions.close(store.id, first)

    with pytest.raises(SessionEnded):
        await sessions.renew(store.id, second)
    assert await sessions.of_reader(ann.store_id, ann.id) == []


async def test_sessions_of_a_reader_are_listed_and_ended_together(
    sessions: SessionRepository, store: Store, ann: Account
) -> None:
    await sessions.open(store.id, ann.id)
    token = (await sessions.renew(store.id, await sessions.open(store.id, ann.id))).refresh_token

    listed = await sessions.of_reader(ann.store_id, ann.id)
    ended = await sessions.end_all(ann.store_id, ann.id)

    assert ended == len({session.family for session in listed}) == 2
    assert listed[0].started_at < listed[0].renewed_at
    with pytest.raises(SessionEnded):
        await sessions.renew(store.id, token)


@pytest.mark.parametrize("token", ["", "\x00", "\ud800", "x" * 100_000])
async def test_hostile_token_is_an_ended_session(
    sessions: SessionRepository, store: Store, token: str
) -> None:
    with pytest.raises(SessionEnded):
        await sessions.renew(store.id, token)


async def test_token_is_not_stored_in_the_clear(
    sessions: SessionRepository, pool: asyncpg.Pool, store: Store, ann: Account
) -> None:
    token = await sessions.open(store.id, ann.id)

    stored = await pool.fetchval("select token_hash from session")
    assert token.encode() not in stored
    assert len(stored) == 32
