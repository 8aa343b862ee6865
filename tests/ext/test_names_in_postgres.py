"""Authors, categories, publishers and series in PostgreSQL."""

import asyncpg
import pytest

from core.catalogue.book import Book
from core.catalogue.draft import BookDraft, SeriesDraft
from core.catalogue.naming import DuplicateName, NameChanged, NameInUse, NameNotFound
from core.kernel.errors import Invalid
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.books import BookRepository, books_by_id
from ext.postgres.linked_names import NamedTable
from ext.postgres.names import NameRepository

TABLES: tuple[NamedTable, ...] = ("author", "category", "publisher", "series")


@pytest.fixture
async def emma(pool: asyncpg.Pool, store: Store) -> Book:
    draft = BookDraft(
        title="Emma",
        price="5",
        authors=("Jane",),
        categories=("Jane",),
        publisher="Jane",
        series=SeriesDraft("Jane", 1),
    )
    return (await BookRepository(pool).create(store, draft)).book


@pytest.mark.parametrize("table", TABLES)
async def test_renamed_entry_shows_in_its_books(
    pool: asyncpg.Pool, store: Store, emma: Book, table: NamedTable
) -> None:
    names = NameRepository(pool, table)
    [jane] = (await names.page(store)).entries

    renamed = await names.rename(store, jane.id, " Jane  Austen ", 1)

    [book] = await books_by_id(pool, store, [emma.id])
    shown = {
        "author": book.authors[0].name,
        "category": book.categories[0].name,
        "publisher": book.publisher and book.publisher.name,
        "series": book.series and book.series.name,
    }
    assert shown == {each: "Jane Austen" if each == table else "Jane" for each in TABLES}
    assert (renamed.entry.version, renamed.entry.book_count) == (2, 1)


@pytest.mark.parametrize("table", TABLES)
async def test_entry_goes_only_when_no_book_bears_it(
    pool: asyncpg.Pool, store: Store, emma: Book, table: NamedTable
) -> None:
    names = NameRepository(pool, table)
    [jane] = (await names.page(store)).entries
    with pytest.raises(NameInUse):
        await names.delete(store, jane.id, 1)
    await BookRepository(pool).delete(store, emma.id, 1)

    await names.delete(store, jane.id, 1)

    with pytest.raises(NameNotFound, match=str(jane.id)):
        await names.get(store, jane.id)


async def test_pages_are_in_order_of_name(pool: asyncpg.Pool, store: Store) -> None:
    authors = NameRepository(pool, "author")
    for name in ("Zola", "Austen", "Émile"):
        await authors.create(store, name)

    first = await authors.page(store, page=1, size=2)
    second = await authors.page(store, page=2, size=2)

    assert [entry.name for entry in first.entries] == ["Austen", "Zola"]
    assert [entry.name for entry in second.entries] == ["Émile"]
    assert first.count == 3


async def test_name_in_use_is_a_duplicate(pool: asyncpg.Pool, store: Store) -> None:
    authors = NameRepository(pool, "author")
    await authors.create(store, "Jane")
    other = (await authors.create(store, "Emily")).entry

    with pytest.raises(DuplicateName, match="Jane"):
        await authors.create(store, "Jane")
    with pytest.raises(DuplicateName, match="Jane"):
        await authors.rename(store, other.id, "Jane", 1)


async def test_lost_race_for_a_name_is_told(pool: asyncpg.Pool, store: Store) -> None:
    authors = NameRepository(pool, "author")
    jane = (await authors.create(store, "Jane")).entry
    await authors.rename(store, jane.id, "Jane A.", 1)

    with pytest.raises(NameChanged, match="version 2, not 1"):
        await authors.rename(store, jane.id, "Jane B.", 1)
    with pytest.raises(NameNotFound):
        await authors.rename(store, new_id(), "Jane B.", 1)


@pytest.mark.parametrize("name", ["", " ", "nul\x00", "\ud800", "x" * 301])
async def test_name_that_no_column_can_hold_is_refused(
    pool: asyncpg.Pool, store: Store, name: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await NameRepository(pool, "author").create(store, name)

    assert [fault.pointer for fault in refused.value.faults] == ["/name"]
