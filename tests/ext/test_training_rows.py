"""What training reads of PostgreSQL."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from core.kernel.ids import new_id
from core.recommendations.events import KINDS
from core.stores.store import Store
from ext.postgres.training_rows import training_rows

THEN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def half(key: UUID, *, upper: bool) -> int:
    return key.int >> 64 if upper else key.int & (1 << 64) - 1


async def add(pool: asyncpg.Pool, store: Store, table: str, **values: object) -> UUID:
    """A row of its own id; the columns come from the tests, not from outside."""
    key = new_id()
    columns = {"id": key, "store_id": store.id, **values}
    marks = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    await pool.execute(
        f"insert into {table} ({', '.join(columns)}) values ({marks})", *columns.values()
    )
    return key


async def test_events_come_with_every_field_as_it_was_stored(
    pool: asyncpg.Pool, store: Store
) -> None:
    reader = await add(pool, store, "reader", display_name="A")
    book = await add(pool, store, "book", title="B", price_minor=1)
    stored = {"reader_id": reader, "book_id": book, "occurred_at": THEN}
    await add(pool, store, "interaction", kind="rating", value=4.0, **stored)
    await add(pool, store, "interaction", kind="purchase", quantity=3, **stored)

    events, _ = await training_rows(pool, store)

    found = {KINDS[events.kind[row]]: row for row in range(len(events.kind))}
    assert set(found) == {"rating", "purchase"}
    assert events.value[found["rating"]] == 4.0
    assert events.value[found["purchase"]] == 0.0
    assert events.quantity[found["purchase"]] == 3
    assert events.seconds.tolist() == [int(THEN.timestamp())] * 2
    assert set(events.reader_hi.tolist()) == {half(reader, upper=True)}
    assert set(events.reader_lo.tolist()) == {half(reader, upper=False)}
    assert set(events.book_hi.tolist()) == {half(book, upper=True)}
    assert set(events.book_lo.tolist()) == {half(book, upper=False)}


async def test_texts_come_with_authors_categories_and_series(
    pool: asyncpg.Pool, store: Store
) -> None:
    series = await add(pool, store, "series", name="Earthsea")
    author = await add(pool, store, "author", name="Ursula K. Le Guin")
    category = await add(pool, store, "category", name="Fantasy")
    book = await add(
        pool, store, "book", title="A Wizard of Earthsea", price_minor=1, series_id=series
    )
    await pool.execute(
        "insert into book_author (book_id, author_id, position) values ($1, $2, 0)", book, author
    )
    await pool.execute(
        "insert into book_category (book_id, category_id, position) values ($1, $2, 0)",
        book,
        category,
    )

    events, rows = await training_rows(pool, store)

    assert len(events.kind) == 0
    assert (rows.hi[0], rows.lo[0]) == (half(book, upper=True), half(book, upper=False))
    (text,) = rows.texts
    assert text.title.strip() == "A Wizard of Earthsea"
    assert text.authors == ("Ursula K. Le Guin",)
    assert text.categories == ("Fantasy",)
    assert text.series == "Earthsea"


async def test_another_stores_rows_are_not_read(pool: asyncpg.Pool, store: Store) -> None:
    await add(pool, store, "book", title="B", price_minor=1)
    other = Store(id=new_id(), slug="other", name="Other", currency="EUR")

    events, rows = await training_rows(pool, other)

    assert (len(events.kind), len(rows.texts)) == (0, 0)
