"""Events into the truth: each is one row, in the reader's history or among the others."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from core.accounts.account import AccountNotFound
from core.events.event import ABOUT_BOOKS, WITH_CONSENT, Event, Recorded
from core.stores.store import Store
from ext.postgres.consents import WITHDRAWN
from ext.postgres.pool import connection_of

# One statement is one round trip and one transaction. It does not wait for the disk: a crash of
# the server may lose the events of its last instants, which is less than readers who wait.
# In the order of ids, so that two batches with the same events do not lock each other out.
_QUICKLY = "(select set_config('synchronous_commit', 'off', true)) as quickly"

# What a signed-in reader did with a book belongs to the history that recommendations read.
_TO_HISTORY = f"""
with given as (
  select g.* from unnest($3::uuid[], $4::text[], $5::uuid[], $6::real[], $7::int[],
                         $8::timestamptz[]) as g(id, kind, book_id, value, quantity, occurred_at)
    join book on book.id = g.book_id and book.store_id = $1
), added as (
  insert into interaction (id, store_id, reader_id, book_id, kind, value, quantity, occurred_at)
  select id, $1, $2, book_id, kind, value, quantity, occurred_at from given order by id
  on conflict (id) do nothing returning 1
)
select (select count(*) from given) as known, (select count(*) from added) as added,
  0 as withheld, {_QUICKLY}
"""

_TO_OTHERS = f"""
with given as (
  select g.* from unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[],
                         $8::smallint[], $9::int[], $10::timestamptz[])
    as g(id, kind, book_id, query, path, rating, quantity, occurred_at)
   where g.book_id is null
      or exists (select from book where book.id = g.book_id and book.store_id = $1)
), allowed as (
  select * from given where not (kind = any($11::text[]) and {WITHDRAWN.format(reader="$2")})
), added as (
  insert into event
    (id, store_id, reader_id, kind, book_id, query, path, rating, quantity, occurred_at, visitor_id)
  select id, $1, $2, kind, book_id, query, path, rating, quantity, occurred_at,
         case when book_id is not null and $2::uuid is null then $12::uuid end
    from allowed order by id
  on conflict do nothing returning 1
)
select (select count(*) from given) as known, (select count(*) from added) as added,
  (select count(*) from given) - (select count(*) from allowed) as withheld, {_QUICKLY}
"""


class EventRepository:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(
        self,
        store: Store,
        reader_id: UUID | None,
        events: Sequence[Event],
        visitor_id: UUID | None = None,
    ) -> Recorded:
        """Store those not stored before; reader_id is None for somebody who is not signed in.

        visitor_id: by which experiments know such a one.
        What serves statistics alone is withheld of a reader who has withdrawn consent.

        events: as `accepted_events` returns them. Raises AccountNotFound, DatabaseUnavailable.
        """
        of_reader = [
            event for event in events if reader_id is not None and event.kind in ABOUT_BOOKS
        ]
        others = [event for event in events if reader_id is None or event.kind not in ABOUT_BOOKS]
        known = added = withheld = 0
        try:
            async with connection_of(self._pool) as connection:
                for rows, statement, columns in (
                    (of_reader, _TO_HISTORY, _history_columns(of_reader)),
                    (others, _TO_OTHERS, (*_other_columns(others), visitor_id)),
                ):
                    if rows:
                        counted = await connection.fetchrow(
                            statement, store.id, reader_id, *columns
                        )
                        known, added = known + counted["known"], added + counted["added"]
                        withheld += counted["withheld"]
        except asyncpg.ForeignKeyViolationError as error:
            raise AccountNotFound(f"no reader has the id {reader_id}") from error
        return Recorded(
            accepted=added,
            duplicates=known - added - withheld,
            withheld=withheld,
            unknown=len(events) - known,
        )


def _history_columns(events: Sequence[Event]) -> tuple[list[object], ...]:
    return (
        [event.id for event in events],
        ["rating" if event.kind == "review" else event.kind for event in events],
        [event.book_id for event in events],
        [float(event.rating) if event.kind == "review" and event.rating else None
         for event in events],
        [event.quantity for event in events],
        [event.moment for event in events],
    )  # fmt: skip


def _other_columns(events: Sequence[Event]) -> tuple[list[object], ...]:
    return (
        [event.id for event in events],
        [event.kind for event in events],
        [event.book_id for event in events],
        [event.query for event in events],
        [event.path for event in events],
        [event.rating for event in events],
        [event.quantity for event in events],
        [event.moment for event in events],
        [*WITH_CONSENT],
    )
