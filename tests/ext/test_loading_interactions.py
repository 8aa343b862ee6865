"""Interactions into a real database: readers made, ids found again, all or nothing."""

from datetime import UTC, datetime

import asyncpg
import pytest

from core.importing.books import BookReader, Rejection
from core.importing.interactions import InteractionBlock
from core.importing.mapping import identity_mapping
from core.stores.store import Store
from ext.postgres.interaction_loading import load_interactions
from ext.postgres.loading import load_books


@pytest.fixture
async def books(pool: asyncpg.Pool, store: Store) -> None:
    """Books "1" (with an ISBN) and "2"."""
    reader = BookReader(
        identity_mapping(frozenset({"external_id", "title", "isbn"}), "books"), "EUR"
    )
    rows = [
        {"external_id": "1", "title": "Emma", "isbn": "9780141439587"},
        {"external_id": "2", "title": "Dune"},
    ]
    await load_books(pool, store, [reader.read(line, row) for line, row in enumerate(rows)])


def ratings(*rows: str) -> list[InteractionBlock]:
    """Rows of reader, book, rating."""
    lines = []
    for line, row in enumerate(rows, start=2):
        reader, book, value = row.split()
        lines.append(f'{line},"",{reader},{book},"",rating,{value},,""\n')
    return [InteractionBlock("".join(lines).encode(), len(rows))]


def block(text: str, *rejections: Rejection) -> InteractionBlock:
    return InteractionBlock(text.encode(), text.count("\n"), rejections)


@pytest.mark.usefixtures("books")
async def test_ratings_make_their_readers_known(pool: asyncpg.Pool, store: Store) -> None:
    summary = await load_interactions(pool, store, ratings("a 1 5", "a 2 3", "b 1 4"))

    assert (summary.read, summary.added, summary.readers) == (3, 3, 2)
    rows = await pool.fetch(
        "select r.external_id, r.display_name, i.value from interaction i"
        " join reader r on r.id = i.reader_id order by 1, 3"
    )
    assert [tuple(row) for row in rows] == [
        ("a", "Reader a", 3.0), ("a", "Reader a", 5.0), ("b", "Reader b", 4.0),
    ]  # fmt: skip


@pytest.mark.usefixtures("books")
async def test_same_ratings_again_change_nothing(pool: asyncpg.Pool, store: Store) -> None:
    await load_interactions(pool, store, ratings("a 1 5", "b 2 3"), spread_days=100)
    before = await pool.fetch("select * from interaction order by id")

    summary = await load_interactions(pool, store, ratings("b 2 3", "a 1 5"), spread_days=100)

    assert (summary.unchanged, summary.added, summary.changed, summary.readers) == (2, 0, 0, 0)
    assert await pool.fetch("select * from interaction order by id") == before


@pytest.mark.usefixtures("books")
async def test_new_opinion_changes_the_old_rating(pool: asyncpg.Pool, store: Store) -> None:
    await load_interactions(pool, store, ratings("a 1 5", "b 2 3"))

    summary = await load_interactions(pool, store, ratings("a 1 2", "b 2 3"))

    assert (summary.changed, summary.unchanged) == (1, 1)
    assert await pool.fetchval("select min(value) from interaction") == 2


@pytest.mark.usefixtures("books")
async def test_unknown_book_is_rejected_and_makes_no_reader(
    pool: asyncpg.Pool, store: Store
) -> None:
    refused: list[Rejection] = []

    summary = await load_interactions(
        pool, store, ratings("a 1 5", "ghost 99 4"), refused=refused.append
    )

    assert (summary.added, summary.rejected, summary.readers) == (1, 1, 1)
    assert refused == [Rejection(3, "no book of the store is '99'", "99")]


@pytest.mark.usefixtures("books")
async def test_of_two_ratings_of_one_reader_and_book_the_last_counts(
    pool: asyncpg.Pool, store: Store
) -> None:
    refused: list[Rejection] = []

    summary = await load_interactions(
        pool, store, ratings("a 1 5", "a 1 2"), refused=refused.append
    )

    assert (summary.read, summary.added, summary.rejected) == (2, 1, 1)
    assert (refused[0].line, refused[0].reason) == (
        2, "line 3 says the same again, and the last one counts",
    )  # fmt: skip
    assert await pool.fetchval("select value from interaction") == 2


@pytest.mark.usefixtures("books")
async def test_book_is_found_by_isbn_and_events_at_two_times_are_two(
    pool: asyncpg.Pool, store: Store
) -> None:
    text = (
        '2,"",a,"",9780141439587,purchase,,2,2024-01-02T00:00:00+00:00\n'
        '3,"",a,"",9780141439587,purchase,,1,2024-01-03T00:00:00+00:00\n'
    )

    summary = await load_interactions(pool, store, [block(text)])

    assert summary.added == 2
    rows = await pool.fetch("select id, quantity, occurred_at from interaction order by id")
    assert [row["quantity"] for row in rows] == [2, 1]
    assert rows[0]["occurred_at"] == datetime(2024, 1, 2, tzinfo=UTC)
    assert {row["id"].version for row in rows} == {7}
    # A UUIDv7 begins with the milliseconds.
    assert rows[0]["id"].int >> 80 == int(rows[0]["occurred_at"].timestamp() * 1000)


@pytest.mark.usefixtures("books")
async def test_own_id_finds_a_row_again_whatever_else_it_says(
    pool: asyncpg.Pool, store: Store
) -> None:
    await load_interactions(pool, store, [block('2,e1,a,1,"",rating,5.0,,""\n')])

    summary = await load_interactions(pool, store, [block('9,e1,a,1,"",rating,1.0,,""\n')])

    assert (summary.changed, summary.added) == (1, 0)


@pytest.mark.usefixtures("books")
async def test_times_that_are_not_told_are_spread(pool: asyncpg.Pool, store: Store) -> None:
    rows = [f"r{number} 1 5" for number in range(200)]

    await load_interactions(pool, store, ratings(*rows), spread_days=100)

    oldest, newest, days = await pool.fetchrow(
        "select now() - min(occurred_at), now() - max(occurred_at),"
        " count(distinct occurred_at::date) from interaction"
    )
    assert 90 < oldest.days < 100
    assert newest.days < 5
    assert days > 50


@pytest.mark.usefixtures("books")
async def test_rejections_of_the_file_are_counted(pool: asyncpg.Pool, store: Store) -> None:
    refused: list[Rejection] = []
    blocks = [block('2,"",a,1,"",rating,5.0,,""\n', Rejection(3, "no reader"))]

    summary = await load_interactions(pool, store, blocks, refused=refused.append)

    assert (summary.read, summary.added, summary.rejected) == (2, 1, 1)
    assert refused == [Rejection(3, "no reader")]


@pytest.mark.usefixtures("books")
async def test_loading_an_empty_table_gives_its_keys_and_indexes_back(
    pool: asyncpg.Pool, store: Store
) -> None:
    definitions = """
    select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'interaction'::regclass
    union all
    select pg_get_indexdef(indexrelid) from pg_index where indrelid = 'interaction'::regclass
    order by 1
    """
    before = await pool.fetch(definitions)

    await load_interactions(pool, store, ratings("a 1 5"))

    assert await pool.fetch(definitions) == before
    assert any("REFERENCES" in row[0] for row in before)
