"""A reader taken out of every table in one transaction."""

import json
from typing import Final
from uuid import UUID

import asyncpg

from core.accounts.account import AccountNotFound
from core.kernel.ids import new_id
from core.privacy.erasure import Erasure, digest_of
from core.stores.store import Store
from ext.postgres.audit import record
from ext.postgres.outbox import announce
from ext.postgres.personal_data import Person, holdings
from ext.postgres.pool import read, transaction_of
from ext.postgres.sign_in_attempts import forget_digests

TRIES: Final = 3

# Digests of the account, which no row of `reader` is needed to find.


class ErasureRepository:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def erase(self, store: Store, reader_id: UUID) -> Erasure:
        """Sessions end in every worker within a second. Raises AccountNotFound."""
        for _ in range(TRIES - 1):
            try:
                return await self._erase(store, reader_id)
            except asyncpg.DeadlockDetectedError:
                continue  # somebody was writing for the reader at the same time
        return await self._erase(store, reader_id)

    async def _erase(self, store: Store, reader_id: UUID) -> Erasure:
        async with transaction_of(self._pool) as connection:
            await _lock_reviewed_books(connection, reader_id)
            row = await connection.fetchrow(
                "select id, store_id, email from reader where id = $1 and store_id = $2 for update",
                reader_id,
                store.id,
            )
            if row is None:
                raise AccountNotFound(f"no account has the id {reader_id}")
            person = Person(*row)
            erased, kept = await _counted(connection, person)
            await _take_reviews_back(connection, store, reader_id)
            await _end_sessions(connection, reader_id)
            if person.email is not None:
                erased |= await forget_digests(connection, store.id, person.email)
            for each in await holdings(connection):
                if each.by_address and person.email is not None:
                    await connection.execute(
                        f'delete from "{each.table}" where {each.condition}', *each.key(person)
                    )
            await connection.execute("delete from reader where id = $1", reader_id)
            erased = {"reader": 1} | {table: count for table, count in erased.items() if count}
            erasure = await _recorded(connection, store, reader_id, erased, kept)
            await record(connection, store.id, "account.erase", erasure.id)
            return erasure

    async def erased_again(self) -> int:
        """Erase whoever a restored backup has brought back; how many. Needs the rows of erasures.

        They are to be copied over from the database as it was before the restore.
        """
        async with transaction_of(self._pool) as connection:
            gone = {row[0] for row in await connection.fetch("select reader_digest from erasure")}
            rows = await connection.fetch(
                """select r.id, s.id as store_id, s.slug, s.name, s.currency, s.host
                   from reader r join store s on s.id = r.store_id"""
            )
        back = [row for row in rows if digest_of(row["id"]) in gone]
        for row in back:
            store = Store(row["store_id"], row["slug"], row["name"], row["currency"], row["host"])
            await self.erase(store, row["id"])
        return len(back)

    async def on_record(self, erasure_id: UUID) -> bool:
        found: bool = await read(
            self._pool,
            lambda connection: connection.fetchval(
                "select exists (select from erasure where id = $1)", erasure_id
            ),
        )
        return found

    async def remember_key(self, kid: str, x: str) -> None:
        """Keep a public key that signs receipts for as long as there may be some."""
        async with transaction_of(self._pool) as connection:
            await connection.execute(
                "insert into receipt_key (kid, x) values ($1, $2) on conflict do nothing", kid, x
            )

    async def key(self, kid: str) -> str | None:
        """The public key of that id as RFC 8037 writes it."""
        found: str | None = await read(
            self._pool,
            lambda connection: connection.fetchval("select x from receipt_key where kid = $1", kid),
        )
        return found


async def _lock_reviewed_books(connection: asyncpg.Connection, reader_id: UUID) -> None:
    """Books before readers, in order of id, as those lock who write reviews.

    No more than an update of ratings needs: who tells of an event locks reader and book for share,
    in that order.
    """
    await connection.execute(
        """select 1 from book where id in (select book_id from review where reader_id = $1)
           order by id for no key update""",
        reader_id,
    )


async def _counted(
    connection: asyncpg.Connection, person: Person
) -> tuple[dict[str, int], dict[str, int]]:
    """Rows that go and rows that stay unnamed, by table."""
    erased: dict[str, int] = {}
    kept: dict[str, int] = {}
    for each in await holdings(connection):
        count = await connection.fetchval(
            f'select count(*) from "{each.table}" where {each.condition}', *each.key(person)
        )
        into = kept if each.kept else erased
        into[each.table] = into.get(each.table, 0) + count
    return erased, {table: count for table, count in kept.items() if count}


async def _take_reviews_back(connection: asyncpg.Connection, store: Store, reader_id: UUID) -> None:
    """The books' ratings follow, and the index is told."""
    rows = await connection.fetch(
        """with gone as (delete from review where reader_id = $1 returning book_id, rating)
           update book set review_count = review_count - 1, review_total = review_total - rating,
             version = version + 1, updated_at = now()
           from gone where book.id = gone.book_id returning book.id""",
        reader_id,
    )
    for row in rows:
        await announce(connection, store.id, "book", row["id"])


async def _end_sessions(connection: asyncpg.Connection, reader_id: UUID) -> None:
    await connection.execute(
        """insert into ended_session (family)
           select distinct family from session where reader_id = $1
           on conflict (family) do update set ended_at = now()""",
        reader_id,
    )


async def _recorded(
    connection: asyncpg.Connection,
    store: Store,
    reader_id: UUID,
    erased: dict[str, int],
    kept: dict[str, int],
) -> Erasure:
    erasure_id = new_id()
    erased_at = await connection.fetchval(
        """insert into erasure (id, store_id, reader_digest, counts)
           values ($1, $2, $3, $4) returning erased_at""",
        erasure_id,
        store.id,
        digest_of(reader_id),
        json.dumps({"erased": erased, "kept": kept}),
    )
    return Erasure(id=erasure_id, store=store.slug, erased_at=erased_at, erased=erased, kept=kept)
