"""Authors, categories, publishers and series of a book: found by name, or made."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

import asyncpg

from core.catalogue.draft import BookDraft
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id

NamedTable = Literal["author", "category", "publisher", "series"]


async def ids_of_names(
    connection: asyncpg.Connection, store_id: UUID, draft: BookDraft
) -> dict[NamedTable, dict[str, UUID]]:
    """The id of every name a draft mentions, by table; those unknown are made.

    Always in this order of tables, and of names within each: two writers with the same new
    names must not deadlock.
    """
    wanted: dict[NamedTable, Iterable[str]] = {
        "author": draft.authors,
        "category": draft.categories,
        "publisher": [draft.publisher] if draft.publisher else [],
        "series": [draft.series.name] if draft.series else [],
    }
    return {
        table: await _ids_by_name(connection, store_id, table, sorted(set(names)))
        for table, names in wanted.items()
    }


async def _ids_by_name(
    connection: asyncpg.Connection, store_id: UUID, table: NamedTable, wanted: list[str]
) -> dict[str, UUID]:
    if not wanted:
        return {}
    for _ in range(3):
        # Share-locked, so that nobody deletes what we are about to refer to.
        found = await connection.fetch(
            f"select id, name from {table} where store_id = $1 and name = any($2) for key share",
            store_id,
            wanted,
        )
        ids = {row["name"]: row["id"] for row in found}
        missing = [name for name in wanted if name not in ids]
        if not missing:
            return ids
        await connection.execute(
            f"""insert into {table} (id, store_id, name)
                select id, $1, name from unnest($2::uuid[], $3::text[]) as new (id, name)
                order by name
                on conflict (store_id, name) do nothing""",
            store_id,
            [new_id() for _ in missing],
            missing,
        )
    raise Unavailable(f"{table} {missing[0]!r} is deleted as fast as it is made")


async def link(
    connection: asyncpg.Connection,
    book_id: UUID,
    table: Literal["author", "category"],
    ids: Iterable[UUID],
) -> None:
    """Make these, in their order, the book's only ones."""
    await connection.execute(f"delete from book_{table} where book_id = $1", book_id)
    await connection.execute(
        f"""insert into book_{table} (book_id, {table}_id, position)
            select $1, id, place from unnest($2::uuid[]) with ordinality as given (id, place)""",
        book_id,
        list(ids),
    )
