"""What all bulk loading shares: one at a time in a store, long statements, counted rejections."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import TypeVar

import asyncpg

from core.importing.books import Rejection
from core.kernel.errors import Invalid
from core.stores.store import Store

T = TypeVar("T")

Progress = Callable[[str, int], None]
"""Called with what is being done and how many rows of it are done so far."""

Refused = Callable[[Rejection], None]

# Far above anything seen: the pool's own limit is meant for requests.
STATEMENT_SECONDS = 3_600.0


class SourceFailed(Invalid):
    """The file being imported, or the one that takes its rejects, failed amid the import."""


def no_progress(doing: str, rows: int) -> None:
    """Nobody watches."""


def no_refusal(rejection: Rejection) -> None:
    """Nobody asks which rows stayed out."""


async def begin(connection: asyncpg.Connection, store: Store) -> None:
    """Set a transaction up for bulk work. Imports into one store go one after the other."""
    # A million rows are hashed and sorted: on disk that takes twice as long.
    await connection.execute("set local work_mem = '256MB'")
    await connection.execute("set local maintenance_work_mem = '256MB'")
    # Tables that were empty a minute ago have no statistics yet, and the planner would choose
    # nested loops for sets: 15 s in place of 0.1 s for 10,000 books.
    await connection.execute("set local enable_nestloop = off")
    key = int.from_bytes(store.id.bytes[-8:], "big", signed=True)
    await connection.execute("select pg_advisory_xact_lock($1)", key, timeout=STATEMENT_SECONDS)


async def run(connection: asyncpg.Connection, statement: str, store: Store) -> list[asyncpg.Record]:
    """Execute one statement of bulk work and give what it returns; $1, if any, is the store."""
    values = (store.id,) if "$1" in statement else ()
    rows: list[asyncpg.Record] = await connection.fetch(
        statement, *values, timeout=STATEMENT_SECONDS
    )
    return rows


@contextlib.asynccontextmanager
async def unindexed_if_empty(connection: asyncpg.Connection, table: str) -> AsyncIterator[None]:
    """Load an empty table without its foreign keys and secondary indexes, and make them after.

    Checked and built at once they cost a tenth: 979,478 interactions 4 s in place of 27 s. The
    locks that this takes, on the tables referred to as well, last until the commit: hence only
    for an empty table, the first import, and only for the owner of the table.
    """
    definitions = []
    if await connection.fetchval(_EMPTY_AND_OURS.format(table=table)):
        definitions = await connection.fetch(_DEFINITIONS, table)
    for definition in definitions:
        await connection.execute(definition["drop"])
    yield
    for definition in definitions:
        await connection.execute(definition["make"], timeout=STATEMENT_SECONDS)


_EMPTY_AND_OURS = """
select not exists (select from {table}) and pg_has_role(relowner, 'usage')
  from pg_class where oid = '{table}'::regclass
"""

# Indexes first: the foreign keys' checks after them run on a table that is complete.
_DEFINITIONS = """
select format('drop index %s', indexrelid::regclass) as drop,
       pg_get_indexdef(indexrelid) as make, 1 as step
  from pg_index where indrelid = $1::text::regclass and not indisunique
union all
select format('alter table %s drop constraint %I', conrelid::regclass, conname),
       format('alter table %s add constraint %I %s', conrelid::regclass, conname,
              pg_get_constraintdef(oid)), 2
  from pg_constraint where conrelid = $1::text::regclass and contype = 'f'
 order by step
"""


@contextlib.contextmanager
def source_errors() -> Iterator[None]:
    """Raise SourceFailed for an OSError: it would be taken for one of the database's."""
    try:
        yield
    except OSError as error:
        raise SourceFailed(f"nothing was imported: {error}") from error


def guarded(rows: Iterable[T]) -> Iterator[T]:
    """The rows; what their source raises stays apart from what the database raises."""
    with source_errors():
        yield from rows


class Counted:
    def __init__(self, told: Refused) -> None:
        self.count = 0
        self._told = told

    def __call__(self, rejection: Rejection) -> None:
        self.count += 1
        with source_errors():
            self._told(rejection)
