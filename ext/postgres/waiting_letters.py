"""Letters that wait in the database until they have left."""

from datetime import timedelta
from uuid import UUID

import asyncpg

from core.mail.delivery import Waiting
from core.mail.wording import Kind
from core.stores.store import Store
from ext.postgres.account_rows import COLUMNS, account_of
from ext.postgres.letter_box import post
from ext.postgres.pool import connection_of

LONGEST_REASON = 500

# Two workers never take the same one: the second skips what the first has locked, and the lease
# hides it afterwards. Whoever dies with a letter in hand leaves it to be taken again.
_TAKE = f"""
with taken as (
  update waiting_letter set tries = tries + 1, due_at = now() + $1::interval
  where id = (
    select id from waiting_letter where given_up_at is null and due_at <= now()
    order by due_at limit 1 for update skip locked)
  returning *)
select l.id as letter_id, l.kind, l.tries,
  case when l.reader_id is null then r.email else l.recipient end as recipient,
  s.id as shop_id, s.slug, s.name, s.currency, s.host, {COLUMNS}
from taken l join store s on s.id = l.store_id
left join reader other on other.store_id = l.store_id and lower(other.email) = lower(l.recipient)
left join reader r on r.store_id = l.store_id and r.id = coalesce(l.reader_id, other.id)
  -- Somebody else's address becomes nobody's.
  and not (l.kind = 'change-email' and other.id <> l.reader_id and other.id is not null)
"""


class WaitingLetterRepository:
    """Every method raises DatabaseUnavailable."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def post(self, store_id: UUID, kind: Kind, recipient: str) -> None:
        """The same work whether or not somebody has the address."""
        async with connection_of(self._pool) as connection:
            await post(connection, store_id, kind, recipient)

    async def take(self, lease: timedelta) -> Waiting | None:
        """As `core.mail.delivery.WaitingLetters`."""
        async with connection_of(self._pool) as connection:
            row = await connection.fetchrow(_TAKE, lease)
        if row is None:
            return None
        return Waiting(
            id=row["letter_id"],
            store=Store(
                row["shop_id"], row["slug"], row["name"], row["currency"].strip(), row["host"]
            ),
            kind=row["kind"],
            account=account_of(row) if row["id"] is not None else None,
            to=row["recipient"] or "",
            tries=row["tries"],
        )

    async def done(self, letter_id: UUID) -> None:
        async with connection_of(self._pool) as connection:
            await connection.execute("delete from waiting_letter where id = $1", letter_id)

    async def again(self, letter_id: UUID, pause: timedelta, why: str) -> None:
        async with connection_of(self._pool) as connection:
            await connection.execute(
                "update waiting_letter set due_at = now() + $2::interval, why = $3 where id = $1",
                letter_id,
                pause,
                why[:LONGEST_REASON],
            )

    async def given_up(self, letter_id: UUID, why: str) -> None:
        """It stays for a week, for whoever asks why it never came."""
        async with connection_of(self._pool) as connection:
            await connection.execute(
                "update waiting_letter set given_up_at = now(), why = $2 where id = $1",
                letter_id,
                why[:LONGEST_REASON],
            )
