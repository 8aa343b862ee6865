"""Readers that show a demo off: those whose tastes differ, given a way to sign in."""

from uuid import UUID

import asyncpg
from msgspec import Struct

from core.stores.store import Store
from ext.postgres.pool import connection_of, read, transaction_of

# Readers with enough of a history to recommend from, most first, and the categories they like.
_CANDIDATES = """
with busy as (
  select reader_id from interaction
   where store_id = $1 and kind = 'rating'
   group by reader_id having count(*) between 12 and 120
   order by count(*) desc, reader_id limit 60
)
select r.id, r.display_name, array(
         select c.name from interaction i
           join book_category bc on bc.book_id = i.book_id
           join category c on c.id = bc.category_id
          where i.reader_id = r.id and i.kind = 'rating' and i.value >= 4
          group by c.name order by count(*) desc, c.name limit 3) as tastes
  from busy join reader r on r.id = busy.reader_id
 where r.email is null and r.role = 'reader'
 order by r.id
"""


class DemoReader(Struct, frozen=True):
    """tastes: the categories the reader likes most, at most three."""

    id: UUID
    display_name: str
    tastes: tuple[str, ...]


async def telling_readers(pool: asyncpg.Pool, store: Store, count: int) -> list[DemoReader]:
    """Up to `count` readers without an account, no two of whom like the same category best."""
    rows = await read(pool, lambda connection: connection.fetch(_CANDIDATES, store.id))
    found: dict[str, DemoReader] = {}
    for row in rows:
        if row["tastes"] and row["tastes"][0] not in found:
            reader = DemoReader(row["id"], row["display_name"], tuple(row["tastes"]))
            found[row["tastes"][0]] = reader
    return list(found.values())[:count]


async def let_sign_in(
    pool: asyncpg.Pool, reader: DemoReader, *, email: str, password_hash: str
) -> None:
    """Give a reader an address and a password."""
    async with connection_of(pool) as connection:
        await connection.execute(
            """update reader set email = $2, password_hash = $3, display_name = $4,
                      updated_at = now(), email_verified_at = now() where id = $1""",
            reader.id,
            email,
            password_hash,
            reader.display_name,
        )


async def forget_accounts(pool: asyncpg.Pool, store: Store, domain: str) -> None:
    """Take the sign-in from readers of the domain, and remove its staff: an earlier attempt's."""
    async with transaction_of(pool) as connection:
        await connection.execute(
            """delete from reader where store_id = $1 and role <> 'reader'
                  and email like '%@' || $2""",
            store.id,
            domain,
        )
        await connection.execute(
            """update reader set email = null, password_hash = null
                where store_id = $1 and email like '%@' || $2""",
            store.id,
            domain,
        )
