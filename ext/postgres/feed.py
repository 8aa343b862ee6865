"""The change feed: what was committed since a cursor, nothing lost and nobody waited for."""

import re
from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

import asyncpg

from core.catalogue.changes import Changes
from core.search.snapshot import Horizon
from ext.postgres.pool import read

# Sequence order is not commit order: "seq > last" loses what commits late. The difference of two
# snapshots holds exactly what became visible between them. Ordered by seq: the events of one row
# were written under its lock. One row at least, for the snapshot itself.
CHANGES = """
select pg_current_snapshot()::text as now, event.*
from (values (1)) as always left join lateral (
  select seq, entity, entity_id, store_id from outbox
  where xid >= pg_snapshot_xmin($1::text::pg_snapshot)
    and not pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
) as event on true
where pg_snapshot_xmax($1::text::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
  and pg_snapshot_xmin($1::text::pg_snapshot) > (select xid from outbox_trimmed)
order by seq
"""

START = "select pg_current_snapshot()::text as now, array(select id from store) as stores"

# Transaction numbers do not survive a dump and restore: a cursor belongs to one database.
IDENTITY = """
select (select system_identifier from pg_control_system()) || '.' || oid
from pg_database where datname = current_database()
"""

BOOKS_OF = """
select b.store_id, b.id from book b join book_author on book_id = b.id where author_id = any($1)
union select b.store_id, b.id from book b join book_category on book_id = b.id
  where category_id = any($1)
union select store_id, id from book where publisher_id = any($1)
union select store_id, id from book where series_id = any($1)
"""

_SNAPSHOT = re.compile(r"(\d+):(\d+):((?:\d+(?:,\d+)*)?)")


class Feed:
    """Follows every store of one database; holds no connection between calls."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._identity = ""

    async def changes(self, cursor: str | None) -> Changes:
        """What became visible since the cursor; without a usable one, all stores to rebuild.

        Read those after this call, so that nothing falls between. A cursor is of no use from
        another database, or after `outbox.trim` has forgotten events that it had not seen.
        Raises DatabaseUnavailable.
        """
        return await read(self._pool, lambda connection: self._changes(connection, cursor))

    async def _changes(self, connection: asyncpg.Connection, cursor: str | None) -> Changes:
        self._identity = self._identity or await connection.fetchval(IDENTITY)
        identity, _, snapshot = (cursor or "").partition("/")
        if identity != self._identity or not _SNAPSHOT.fullmatch(snapshot):
            return await self._start(connection)
        events = await connection.fetch(CHANGES, snapshot)
        if not events:
            return await self._start(connection)
        now = events[0]["now"]
        if events[0]["seq"] is None:
            return Changes(f"{identity}/{now}", horizon(now))
        rebuild = frozenset(event["store_id"] for event in events if event["entity"] == "store")
        books = await _books(connection, events)
        return Changes(f"{identity}/{now}", horizon(now), books, rebuild)

    async def _start(self, connection: asyncpg.Connection) -> Changes:
        row = await connection.fetchrow(START)
        cursor = f"{self._identity}/{row['now']}"
        return Changes(cursor, horizon(row["now"]), rebuild=frozenset(row["stores"]))


async def _books(
    connection: asyncpg.Connection, events: list[asyncpg.Record]
) -> Mapping[UUID, set[UUID]]:
    books: dict[UUID, set[UUID]] = defaultdict(set)
    renamed = set()
    for event in events:
        if event["entity"] == "book":
            books[event["store_id"]].add(event["entity_id"])
        elif event["entity"] != "store":
            renamed.add(event["entity_id"])
    if renamed:
        for store_id, book_id in await connection.fetch(BOOKS_OF, list(renamed)):
            books[store_id].add(book_id)
    return dict(books)


def horizon(snapshot: str) -> Horizon:
    """Read the text of a pg_snapshot, "xmin:xmax:running,…"."""
    xmin, xmax, running = snapshot.split(":")
    return Horizon(int(xmin), int(xmax), tuple(int(xid) for xid in running.split(",") if xid))
