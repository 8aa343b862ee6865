"""The change feed: what was committed since a cursor, nothing lost and nobody waited for."""

import re
from collections import defaultdict
from uuid import UUID

import asyncpg

from core.search.following import Changes, RebuildNeeded
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

    async def changes(self, cursor: str) -> Changes:
        """What became visible since the cursor, which comes from here or from `cursor_of`.

        Raises RebuildNeeded for a cursor of another database, or one from before events that
        `outbox.trim` has forgotten; DatabaseUnavailable.
        """
        return await read(self._pool, lambda connection: self._changes(connection, cursor))

    async def _changes(self, connection: asyncpg.Connection, cursor: str) -> Changes:
        self._identity = self._identity or await connection.fetchval(IDENTITY)
        identity, _, snapshot = cursor.partition("/")
        if identity != self._identity or not _SNAPSHOT.fullmatch(snapshot):
            raise RebuildNeeded(f"the cursor {cursor!r} is not of database {self._identity}")
        events = await connection.fetch(CHANGES, snapshot)
        if not events:
            raise RebuildNeeded(f"the feed has forgotten what came after {cursor!r}")
        now = events[0]["now"]
        if events[0]["seq"] is None:
            return Changes(f"{identity}/{now}", horizon(now), {})
        stores = frozenset(event["store_id"] for event in events if event["entity"] == "store")
        books = await _books(connection, events)
        return Changes(f"{identity}/{now}", horizon(now), books, stores)


async def cursor_of(connection: asyncpg.Connection) -> tuple[str, Horizon]:
    """The cursor that tells of everything the caller's transaction does not see.

    The transaction has to be REPEATABLE READ, for reads to see what the cursor counts as seen.
    """
    identity = await connection.fetchval(IDENTITY)
    now = await connection.fetchval("select pg_current_snapshot()::text")
    return f"{identity}/{now}", horizon(now)


async def _books(
    connection: asyncpg.Connection, events: list[asyncpg.Record]
) -> dict[UUID, set[UUID]]:
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
