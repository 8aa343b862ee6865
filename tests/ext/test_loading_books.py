"""Books into a real database: added, changed, left alone, refused, all or nothing."""

from collections.abc import Iterator

import asyncpg
import pytest

from core.importing.books import BookReader, ImportedBook, Rejection
from core.importing.mapping import identity_mapping
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.bulk import SourceFailed
from ext.postgres.loading import load_books

COLUMNS = frozenset(
    "external_id isbn title authors categories publisher series price stock".split()
)


def books(*rows: dict[str, str]) -> list[ImportedBook | Rejection]:
    reader = BookReader(identity_mapping(COLUMNS, "books"), "EUR")
    return [reader.read(line, row) for line, row in enumerate(rows, start=2)]


EMMA = {
    "external_id": "e",
    "isbn": "9780141439587",
    "title": "Emma",
    "authors": "Jane Austen",
    "categories": "Classics|Romance",
    "publisher": "John Murray",
}
DUNE = {"external_id": "d", "title": "Dune", "authors": "Frank Herbert", "series": "Dune, #1"}


async def test_new_books_are_added_with_all_that_belongs_to_them(
    pool: asyncpg.Pool, store: Store
) -> None:
    summary = await load_books(pool, store, books(EMMA, DUNE))

    assert (summary.read, summary.added) == (2, 2)
    rows = await pool.fetch(
        """
        select b.title, b.isbn, p.name as publisher, s.name as series, b.series_position,
          array(select c.name from book_category bc join category c on c.id = bc.category_id
                 where bc.book_id = b.id order by bc.position) as categories,
          array(select a.name from book_author ba join author a on a.id = ba.author_id
                 where ba.book_id = b.id order by ba.position) as authors
          from book b left join publisher p on p.id = b.publisher_id
          left join series s on s.id = b.series_id order by b.title
        """
    )
    dune, emma = (dict(row) for row in rows)
    assert emma["categories"] == ["Classics", "Romance"]
    assert (emma["authors"], emma["publisher"]) == (["Jane Austen"], "John Murray")
    assert (dune["series"], dune["series_position"]) == ("Dune", 1.0)


async def test_same_file_again_changes_nothing(pool: asyncpg.Pool, store: Store) -> None:
    await load_books(pool, store, books(EMMA, DUNE))
    before = await pool.fetch("select * from book order by id")

    summary = await load_books(pool, store, books(DUNE, EMMA))

    assert (summary.unchanged, summary.added, summary.changed) == (2, 0, 0)
    assert await pool.fetch("select * from book order by id") == before
    assert await pool.fetchval("select count(*) from outbox") == 2


async def test_changed_row_changes_its_book_and_tells_the_outbox(
    pool: asyncpg.Pool, store: Store
) -> None:
    await load_books(pool, store, books(EMMA, DUNE))
    changed = EMMA | {"title": "Emma Woodhouse", "authors": "J. Austen", "categories": "Humour"}

    summary = await load_books(pool, store, books(changed, DUNE))

    assert (summary.changed, summary.unchanged) == (1, 1)
    row = await pool.fetchrow(
        """
        select b.title, b.version, (select array_agg(a.name) from book_author ba
          join author a on a.id = ba.author_id where ba.book_id = b.id) as authors,
          (select array_agg(c.name) from book_category bc
          join category c on c.id = bc.category_id where bc.book_id = b.id) as categories,
          (select count(*) from outbox o where o.entity_id = b.id and o.entity = 'book') as told
          from book b where external_id = 'e'
        """
    )
    assert tuple(row) == ("Emma Woodhouse", 2, ["J. Austen"], ["Humour"], 2)


async def test_price_and_stock_that_the_file_does_not_tell_are_left_alone(
    pool: asyncpg.Pool, store: Store
) -> None:
    await load_books(pool, store, books(EMMA | {"price": "9.50", "stock": "7"}))
    await pool.execute("update book set stock = 3")

    await load_books(pool, store, books(EMMA | {"title": "Emma, again"}))

    row = await pool.fetchrow("select title, price_minor, stock from book")
    assert tuple(row) == ("Emma, again", 950, 3)


async def test_book_without_external_id_is_found_by_its_isbn(
    pool: asyncpg.Pool, store: Store
) -> None:
    await load_books(pool, store, books(EMMA | {"external_id": ""}))

    summary = await load_books(pool, store, books(EMMA))

    assert (summary.added, summary.changed) == (0, 1)
    assert await pool.fetchval("select external_id from book") == "e"


async def test_isbn_of_another_book_in_the_store_is_refused_naming_it(
    pool: asyncpg.Pool, store: Store
) -> None:
    await load_books(pool, store, books(EMMA))
    refused: list[Rejection] = []

    summary = await load_books(
        pool,
        store,
        books(DUNE, EMMA | {"external_id": "x", "title": "Impostor"}),
        refused=refused.append,
    )

    assert (summary.read, summary.added, summary.rejected) == (2, 1, 1)
    assert refused == [
        Rejection(3, "ISBN 9780141439587 is that of 'Emma' (e) in the store", "x", "Impostor")
    ]


async def test_two_rows_of_one_stored_book_are_not_both_taken(
    pool: asyncpg.Pool, store: Store
) -> None:
    await load_books(pool, store, books(EMMA))
    refused: list[Rejection] = []
    by_isbn = EMMA | {"external_id": "", "title": "By ISBN"}
    by_id = EMMA | {"isbn": "", "title": "By id"}

    summary = await load_books(pool, store, books(by_id, by_isbn), refused=refused.append)

    assert (summary.changed, summary.rejected) == (1, 1)
    assert refused[0].reason == "it is the same book as line 2"


async def test_rejections_of_the_file_are_counted_and_handed_on(
    pool: asyncpg.Pool, store: Store
) -> None:
    refused: list[Rejection] = []

    summary = await load_books(
        pool, store, books(EMMA, {"external_id": "n"}), refused=refused.append
    )

    assert (summary.read, summary.added, summary.rejected) == (2, 1, 1)
    assert [(r.line, r.reason) for r in refused] == [(3, "no title")]


async def test_import_that_fails_halfway_leaves_nothing(pool: asyncpg.Pool, store: Store) -> None:
    def torn() -> Iterator[ImportedBook | Rejection]:
        yield from books(EMMA, DUNE)
        raise OSError("the file ends here")

    with pytest.raises(SourceFailed, match="the file ends here"):
        await load_books(pool, store, torn())

    assert await pool.fetchval("select count(*) from book") == 0
    assert await pool.fetchval("select count(*) from outbox") == 0


async def test_stores_do_not_see_each_others_books(pool: asyncpg.Pool, store: Store) -> None:
    other = Store(new_id(), "other", "Other", "EUR")
    await pool.execute(
        "insert into store (id, slug, name, currency) values ($1, 'other', 'Other', 'EUR')",
        other.id,
    )
    await load_books(pool, store, books(EMMA))

    summary = await load_books(pool, other, books(EMMA))

    assert summary.added == 1
    assert await pool.fetchval("select count(*) from author") == 2


async def test_progress_tells_what_is_done(pool: asyncpg.Pool, store: Store) -> None:
    told: list[tuple[str, int]] = []

    await load_books(
        pool, store, books(EMMA), progress=lambda doing, rows: told.append((doing, rows))
    )

    assert told == [("comparing with the store", 1), ("writing", 1)]
