"""Everything a model is trained on, read from PostgreSQL in one snapshot and as arrays."""

from uuid import UUID

import asyncpg
import numpy as np

from core.recommendations.content import BookText
from core.recommendations.events import KINDS, Events, TextRows
from core.stores.store import Store
from ext.postgres.pool import transaction_of

# One row of COPY's binary format: each field behind its length. All columns are of fixed width
# and never null, so the whole answer is one array. Source: PostgreSQL manual, COPY.
ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("reader_length", ">i4"),
        ("reader_hi", ">u8"),
        ("reader_lo", ">u8"),
        ("book_length", ">i4"),
        ("book_hi", ">u8"),
        ("book_lo", ">u8"),
        ("kind_length", ">i4"),
        ("kind", ">i2"),
        ("value_length", ">i4"),
        ("value", ">f4"),
        ("quantity_length", ">i4"),
        ("quantity", ">i4"),
        ("seconds_length", ">i4"),
        ("seconds", ">i8"),
    ]
)
HEADER_BYTES = 19
TRAILER_BYTES = 2

_EVENTS = """
select reader_id, book_id, (array_position($2::text[], kind) - 1)::int2,
       coalesce(value, 0)::real, quantity::int4, extract(epoch from occurred_at)::int8
  from interaction
 where store_id = $1 and kind = any($2::text[])
"""

_TEXTS = """
select book.id, book.title, book.subtitle, book.description, series.name as series,
       array(select author.name from book_author link join author on author.id = link.author_id
              where link.book_id = book.id order by link.position) as authors,
       array(select category.name from book_category link
               join category on category.id = link.category_id
              where link.book_id = book.id order by link.position) as categories
  from book left join series on series.id = book.series_id
 where book.store_id = $1
"""


async def training_rows(pool: asyncpg.Pool, store: Store) -> tuple[Events, TextRows]:
    """Read a store's events and its books' texts. Raises DatabaseUnavailable."""
    async with transaction_of(pool, "repeatable_read") as connection:
        received = bytearray()

        async def receive(chunk: bytes) -> None:
            received.extend(chunk)

        await connection.copy_from_query(
            _EVENTS, store.id, list(KINDS), output=receive, format="binary", timeout=None
        )
        texts = await connection.fetch(_TEXTS, store.id, timeout=None)
    return _events(received), _texts(texts)


def _events(received: bytearray) -> Events:
    body = memoryview(received)[HEADER_BYTES : len(received) - TRAILER_BYTES]
    rows = np.frombuffer(body, ROW)
    return Events(
        reader_hi=rows["reader_hi"].astype(np.uint64),
        reader_lo=rows["reader_lo"].astype(np.uint64),
        book_hi=rows["book_hi"].astype(np.uint64),
        book_lo=rows["book_lo"].astype(np.uint64),
        kind=rows["kind"].astype(np.int16),
        value=rows["value"].astype(np.float32),
        quantity=rows["quantity"].astype(np.int32),
        seconds=rows["seconds"].astype(np.int64),
    )


def _texts(rows: list[asyncpg.Record]) -> TextRows:
    ids: list[UUID] = [row["id"] for row in rows]
    halves = np.frombuffer(b"".join(key.bytes for key in ids), ">u8").reshape(-1, 2)
    return TextRows(
        halves[:, 0].astype(np.uint64),
        halves[:, 1].astype(np.uint64),
        [
            BookText(
                title=f"{row['title']} {row['subtitle'] or ''}",
                authors=tuple(row["authors"]),
                categories=tuple(row["categories"]),
                series=row["series"],
                description=row["description"] or "",
            )
            for row in rows
        ],
    )
