"""Where a reader's data lies, found in the schema itself so that no table can be forgotten."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import asyncpg
from msgspec import Struct

# What a reader may not see, lest it be of use to who has taken over the account.
SECRET_SUFFIXES: Final = ("_hash", "_sealed", "_secret", "digest")
UNTOLD: Final = frozenset({"data_export", "one_time_secret"})
"""Tables of a reader that an export leaves out: short-lived machinery."""
BY_ADDRESS: Final = ("email", "recipient")
"""Columns, beside a store_id, that hold somebody's e-mail address."""

_REFERENCES: Final = """
select class.relname as table, attribute.attname as column, confdeltype = 'n' as kept
from pg_constraint
join pg_class class on class.oid = conrelid and not relispartition
cross join unnest(conkey, confkey) as pair(here, there)
join pg_attribute attribute on attribute.attrelid = conrelid and attribute.attnum = pair.here
join pg_attribute named on named.attrelid = confrelid and named.attnum = pair.there
where contype = 'f' and confrelid = 'reader'::regclass and named.attname = 'id'
order by 1, 2
"""
_ADDRESSES: Final = """
select address.table_name as table, address.column_name as column
from information_schema.columns address
join information_schema.columns store using (table_schema, table_name)
where table_schema = current_schema() and address.column_name = any($1::text[])
  and store.column_name = 'store_id' and table_name <> 'reader'
order by 1, 2
"""
# No references: these rows are only appended to. An id is all they have of a reader.
_ACTORS: Final = """
select table_name as table, column_name as column from information_schema.columns
where table_schema = current_schema() and column_name = 'actor_id'
order by 1, 2
"""
_COLUMNS: Final = """
select column_name, data_type from information_schema.columns
where table_schema = current_schema() and table_name = $1 and data_type <> 'bytea'
order by ordinal_position
"""


class Person(Struct, frozen=True):
    id: UUID
    store_id: UUID
    email: str | None


class Holding(Struct, frozen=True):
    """Rows of a table that are a reader's by this column. kept: they outlive the reader, unnamed.

    by_address: the column holds the reader's e-mail address, in any case.
    """

    table: str
    column: str
    kept: bool = False
    by_address: bool = False

    @property
    def condition(self) -> str:
        """On the values of `key`."""
        if self.by_address:
            return f'lower("{self.column}") = lower($1::text) and store_id = $2::uuid'
        return f'"{self.column}" = $1::uuid'

    def key(self, person: Person) -> tuple[object, ...]:
        return (person.email, person.store_id) if self.by_address else (person.id,)


async def holdings(connection: asyncpg.Connection) -> list[Holding]:
    """Every table with rows of readers, but for `reader` itself."""
    references = await connection.fetch(_REFERENCES)
    addresses = await connection.fetch(_ADDRESSES, list(BY_ADDRESS))
    actors = await connection.fetch(_ACTORS)
    return [
        *(Holding(*row) for row in references),
        *(Holding(table, column, kept=True) for table, column in actors),
        *(Holding(table, column, by_address=True) for table, column in addresses),
    ]


async def personal_data(
    connection: asyncpg.Connection, reader_id: UUID
) -> dict[str, list[dict[str, Any]]]:
    """All rows of a reader, by table; titles stand beside the ids of books.

    Nothing for a reader who is gone. Secrets and their digests are left out.
    """
    row = await connection.fetchrow(
        "select id, store_id, email from reader where id = $1", reader_id
    )
    if row is None:
        return {}
    person = Person(*row)
    parts = {"account": await _rows(connection, Holding("reader", "id"), person)}
    for each in await holdings(connection):
        if each.table not in UNTOLD:
            parts.setdefault(each.table, []).extend(await _rows(connection, each, person))
    await _add_titles(connection, parts)
    return {name: rows for name, rows in parts.items() if rows}


async def _rows(
    connection: asyncpg.Connection, holding: Holding, person: Person
) -> list[dict[str, Any]]:
    columns = await connection.fetch(_COLUMNS, holding.table)
    kinds = {name: kind for name, kind in columns if not name.endswith(SECRET_SUFFIXES)}
    listed = ", ".join(f'"{name}"' for name in kinds)
    rows = await connection.fetch(
        f'select {listed} from "{holding.table}" where {holding.condition} order by 1',
        *holding.key(person),
    )
    return [{name: _decoded(kinds[name], value) for name, value in row.items()} for row in rows]


def _decoded(kind: str, value: Any) -> Any:
    """asyncpg hands JSON over as text."""
    return json.loads(value) if kind in {"json", "jsonb"} and value is not None else value


async def _add_titles(
    connection: asyncpg.Connection, parts: Mapping[str, list[dict[str, Any]]]
) -> None:
    about = [row for rows in parts.values() for row in rows if row.get("book_id")]
    ids = list({row["book_id"] for row in about})
    titles = dict(
        await connection.fetch("select id, title from book where id = any($1::uuid[])", ids)
    )
    for row in about:
        row["book_title"] = titles.get(row["book_id"])
