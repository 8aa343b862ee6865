"""Sealed columns brought to the present key, in batches, while others read and write."""

from collections.abc import AsyncGenerator, Callable, Sequence

import asyncpg
from msgspec import Struct

from core.privacy.sealing import SUFFIX, FieldCipher, FieldUnreadable, Place
from ext.postgres.pool import connection_of

BATCH = 500

# A partition is reached by its parent.
_COLUMNS = """
select class.relname as table, attribute.attname as column,
  (select array_agg(key.attname) from pg_index
     join pg_attribute key on key.attrelid = indrelid and key.attnum = any(indkey)
    where indrelid = class.oid and indisprimary) as keys
from pg_attribute attribute
join pg_class class on class.oid = attrelid and relkind in ('r', 'p') and not relispartition
join pg_namespace space on space.oid = relnamespace and nspname = current_schema()
where right(attname, length($1)) = $1 and atttypid = 'bytea'::regtype and not attisdropped
order by 1, 2
"""


class SealedColumn(Struct, frozen=True):
    table: str
    column: str
    key: str


class NoPlainKey(Exception):
    """A sealed column must stand in a table whose primary key is one column."""


async def sealed_columns(connection: asyncpg.Connection) -> list[SealedColumn]:
    """Every bytea column whose name ends in _sealed. Raises NoPlainKey."""
    found = []
    for row in await connection.fetch(_COLUMNS, SUFFIX):
        if row["keys"] is None or len(row["keys"]) != 1:
            raise NoPlainKey(f"{row['table']}.{row['column']}: the key of the row is not one value")
        found.append(SealedColumn(row["table"], row["column"], row["keys"][0]))
    return found


class Resealed(Struct, frozen=True):
    """done: values sealed anew. unreadable: what no key here opens; it stays as it is."""

    done: int
    unreadable: tuple[Place, ...] = ()


async def reseal(
    pool: asyncpg.Pool,
    cipher: FieldCipher,
    progress: Callable[[str, float], None],
    *,
    batch: int = BATCH,
) -> Resealed:
    """Seal anew what old keys sealed, until none is left that can be opened.

    progress: hears the column and the share of it that is done. Raises DatabaseUnavailable.
    """
    done, unreadable = 0, []
    async with connection_of(pool) as connection:
        columns = await sealed_columns(connection)
    for column in columns:
        async with connection_of(pool) as connection:
            expected = await _stale(connection, column, cipher)
        changed, closed = 1, list[Place]()
        while changed:  # what was sealed with an old key behind one pass is found by the next
            changed, closed = 0, []
            async for resealed in _pass(pool, column, cipher, batch):
                changed += resealed.done
                closed += resealed.unreadable
                progress(f"{column.table}.{column.column}", min(changed / max(expected, 1), 1.0))
            done += changed
        unreadable += closed
    return Resealed(done, tuple(unreadable))


async def prefixes_in_use(pool: asyncpg.Pool, length: int) -> set[bytes]:
    """The first `length` bytes of all sealed values, which name their keys."""
    found: set[bytes] = set()
    async with connection_of(pool) as connection:
        for each in await sealed_columns(connection):
            rows = await connection.fetch(
                f'select distinct substring("{each.column}" for $1) from "{each.table}" '
                f'where "{each.column}" is not null',
                length,
            )
            found |= {row[0] for row in rows}
    return found


async def _stale(connection: asyncpg.Connection, of: SealedColumn, cipher: FieldCipher) -> int:
    count: int = await connection.fetchval(
        f'select count(*) from "{of.table}" where {_of_other_key(of)}', cipher.current_prefix()
    )
    return count


async def _pass(
    pool: asyncpg.Pool, of: SealedColumn, cipher: FieldCipher, batch: int
) -> AsyncGenerator[Resealed]:
    """What came of each batch, in the order of the table's keys."""
    last = None
    while True:
        async with connection_of(pool) as connection:
            rows = await connection.fetch(
                f"""select "{of.key}", "{of.column}" from "{of.table}"
                    where {_of_other_key(of)} and ("{of.key}" > $2 or $2 is null)
                    order by "{of.key}" limit $3""",
                cipher.current_prefix(),
                last,
                batch,
            )
            resealed = await _reseal_rows(connection, of, cipher, rows)
        if not rows:
            return
        last = rows[-1][0]
        yield resealed


async def _reseal_rows(
    connection: asyncpg.Connection,
    of: SealedColumn,
    cipher: FieldCipher,
    rows: Sequence[asyncpg.Record],
) -> Resealed:
    # A statement a row: who holds locks on several rows could deadlock with others who do.
    done, unreadable = 0, []
    for key, sealed in rows:
        place = Place(of.table, of.column, key)
        try:
            anew = cipher.seal(cipher.open(sealed, place), place)
        except FieldUnreadable:
            unreadable.append(place)
            continue
        changed = await connection.execute(
            f"""update "{of.table}" set "{of.column}" = $3
                where "{of.key}" = $1 and "{of.column}" = $2""",  # not what others wrote meanwhile
            key,
            sealed,
            anew,
        )
        done += int(changed.split()[1])
    return Resealed(done, tuple(unreadable))


def _of_other_key(of: SealedColumn) -> str:
    """Nothing is not sealed: a null is never of another key."""
    return f'substring("{of.column}" for octet_length($1::bytea)) <> $1'
