"""The audit log in the database: it only grows, is one chain, and tells when somebody forced it."""

import asyncio
from typing import Any

import asyncpg
import pytest

from core.audit.question import AuditQuestion
from core.catalogue.book import DuplicateBook
from core.catalogue.draft import draft_from
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.audit import AuditRepository, record
from ext.postgres.books import BookRepository
from ext.postgres.pool import transaction_of
from ext.postgres.stores import ensure_store


async def entries(pool: asyncpg.Pool, store: Store, count: int) -> None:
    for number in range(count):
        async with transaction_of(pool) as connection:
            await record(connection, store.id, "book.create", new_id(), number=number)


async def forced(pool: asyncpg.Pool, sql: str) -> None:
    """As somebody who owns the database can: with its triggers off."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        await connection.execute(sql)


async def kinds(pool: asyncpg.Pool, store: Store) -> list[tuple[str, int]]:
    flaws, _, _ = await AuditRepository(pool).flaws(store.id)
    return [(flaw.kind, flaw.seq) for flaw in flaws]


@pytest.mark.parametrize(
    "sql",
    [
        "update audit_entry set action = 'x'",
        "delete from audit_entry",
        "truncate audit_entry",
        "delete from audit_head",
        "update audit_head set seq = 0",
        "truncate audit_head",
    ],
)
async def test_database_refuses_to_change_what_was_written(
    pool: asyncpg.Pool, store: Store, sql: str
) -> None:
    await entries(pool, store, 2)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(sql)


async def test_acts_at_once_make_one_chain(pool: asyncpg.Pool, store: Store) -> None:
    await asyncio.gather(*(entries(pool, store, 5) for _ in range(10)))

    flaws, count, _ = await AuditRepository(pool).flaws(store.id)

    assert (flaws, count) == ([], 50)


async def test_each_store_has_a_chain_of_its_own(pool: asyncpg.Pool, store: Store) -> None:
    async with pool.acquire() as connection:
        other = await ensure_store(connection, slug="other", name="Other", currency="EUR")
    await entries(pool, store, 2)
    await entries(pool, other, 1)

    log = AuditRepository(pool)
    counts = [(await log.flaws(each.id))[1] for each in (store, other)]

    assert counts == [2, 1]
    assert len(await log.page(other.id, AuditQuestion())) == 1


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("update audit_entry set subject = 'x' where seq = 3", [("edited", 3)]),
        ("update audit_entry set actor_id = gen_random_uuid() where seq = 3", [("edited", 3)]),
        ("update audit_entry set at = at + interval '1 s' where seq = 3", [("edited", 3)]),
        ("delete from audit_entry where seq = 3", [("removed", 3)]),
        ("delete from audit_entry where seq > 4", [("removed", 5)]),
        (
            (
                "update audit_entry set seq = case seq when 2 then -4 else -2 end"
                " where seq in (2, 4);"
                "update audit_entry set seq = -seq where seq < 0"
            ),
            [("reordered", 2), ("reordered", 4)],
        ),
    ],
)
async def test_change_that_was_forced_is_named(
    pool: asyncpg.Pool, store: Store, sql: str, told: list[tuple[str, int]]
) -> None:
    await entries(pool, store, 6)
    assert await kinds(pool, store) == []

    await forced(pool, sql)

    assert await kinds(pool, store) == told


async def test_act_that_fails_leaves_no_entry(pool: asyncpg.Pool, store: Store) -> None:
    books = BookRepository(pool)
    draft: Any = {"title": "Persuasion", "price": "3", "isbn": "9780141439686"}
    await books.create(store, draft_from(draft))

    with pytest.raises(DuplicateBook):
        await books.create(store, draft_from(draft))

    found = await AuditRepository(pool).page(store.id, AuditQuestion())
    assert [entry.action for entry in found] == ["book.create"]
