"""Books in PostgreSQL: written whole, versioned, and told of."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from core.catalogue.book import BookChanged, BookNotFound, DuplicateBook
from core.catalogue.draft import BookDraft, SeriesDraft
from core.kernel.errors import Invalid
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.stores.store import Store
from ext.postgres.books import BookRepository, books_by_id, every_book
from ext.postgres.stores import create_store

EMMA = BookDraft(
    title="Emma",
    price="9.99",
    isbn="0-14-143958-0",
    subtitle="A Novel",
    description="A matchmaker misjudges everyone, herself first.",
    language="en",
    pages=474,
    published="1815-12-23",
    stock=3,
    authors=("Jane Austen", "Fiona Stafford"),
    categories=("Classics", "Romance"),
    publisher="Penguin",
    series=SeriesDraft("Penguin Classics", 12.5),
    cover_url="https://example.org/emma.jpg",
)


@pytest.fixture
def books(pool: asyncpg.Pool) -> BookRepository:
    return BookRepository(pool)


async def test_created_book_is_read_back_as_it_was_written(
    books: BookRepository, pool: asyncpg.Pool, store: Store
) -> None:
    written = await books.create(store, EMMA)

    [book] = await books_by_id(pool, store, [written.book.id])
    assert book == written.book
    assert book.isbn == "9780141439587"
    assert book.price == Money(999, "EUR")
    assert [author.name for author in book.authors] == ["Jane Austen", "Fiona Stafford"]
    assert [category.name for category in book.categories] == ["Classics", "Romance"]
    assert book.publisher is not None
    assert book.publisher.name == "Penguin"
    assert book.series is not None
    assert (book.series.name, book.series.position) == ("Penguin Classics", 12.5)
    assert (book.version, book.average_rating, book.review_count) == (1, 0.0, 0)


async def test_two_books_of_one_author_share_the_author(
    books: BookRepository, store: Store
) -> None:
    first = await books.create(store, BookDraft(title="A", price="1", authors=("Jane Austen",)))
    second = await books.create(store, BookDraft(title="B", price="1", authors=("Jane Austen",)))

    assert first.book.authors == second.book.authors


async def test_isbn_in_use_is_a_duplicate(books: BookRepository, store: Store) -> None:
    await books.create(store, EMMA)

    with pytest.raises(DuplicateBook, match="9780141439587"):
        await books.create(store, BookDraft(title="X", price="1", isbn="978-0-14-143958-7"))


async def test_replacing_clears_what_is_not_given(books: BookRepository, store: Store) -> None:
    emma = (await books.create(store, EMMA)).book

    replaced = (await books.replace(store, emma.id, BookDraft(title="E", price="1"), 1)).book

    assert (replaced.title, replaced.isbn, replaced.publisher) == ("E", None, None)
    assert (replaced.authors, replaced.categories, replaced.series) == ((), (), None)
    assert (replaced.version, replaced.created_at) == (2, emma.created_at)


async def test_patch_changes_only_what_it_names(books: BookRepository, store: Store) -> None:
    emma = (await books.create(store, EMMA)).book

    patched = (await books.patch(store, emma.id, {"subtitle": None, "stock": 0}, 1)).book

    assert (patched.subtitle, patched.stock, patched.version) == (None, 0, 2)
    assert (patched.title, patched.authors, patched.series) == (
        emma.title,
        emma.authors,
        emma.series,
    )


async def test_of_two_writers_with_one_version_one_loses(
    books: BookRepository, store: Store
) -> None:
    emma = (await books.create(store, EMMA)).book

    outcomes = await asyncio.gather(
        *(books.patch(store, emma.id, {"stock": stock}, 1) for stock in (1, 2)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, BookChanged) for outcome in outcomes) == 1


async def test_deleted_book_is_gone(
    books: BookRepository, pool: asyncpg.Pool, store: Store
) -> None:
    emma = (await books.create(store, EMMA)).book

    await books.delete(store, emma.id, 1)

    assert await books_by_id(pool, store, [emma.id]) == []
    with pytest.raises(BookNotFound, match=str(emma.id)):
        await books.delete(store, emma.id, 1)


async def test_books_of_another_store_do_not_exist(
    books: BookRepository, pool: asyncpg.Pool, store: Store
) -> None:
    emma = (await books.create(store, EMMA)).book
    other = await create_store(pool, slug="other", name="Other", currency="JPY")

    assert await books_by_id(pool, other, [emma.id]) == []
    with pytest.raises(BookNotFound):
        await books.replace(other, emma.id, BookDraft(title="E", price="1"), 1)


async def test_a_write_and_its_event_are_one_transaction(
    books: BookRepository, pool: asyncpg.Pool, store: Store
) -> None:
    written = await books.create(store, EMMA)
    with pytest.raises(DuplicateBook):
        await books.create(store, EMMA)

    events = await pool.fetch("select entity, entity_id, xid::text from outbox")
    assert [tuple(event) for event in events] == [("book", written.book.id, written.token)]


async def test_writers_with_the_same_new_names_do_not_deadlock(
    books: BookRepository, store: Store
) -> None:
    names = tuple(f"Author {number}" for number in range(20))

    written = await asyncio.gather(
        *(
            books.create(
                store,
                BookDraft(
                    title=str(turn),
                    price="1",
                    authors=names[turn:] + names[:turn],
                    categories=names[::-1] if turn % 2 else names,
                ),
            )
            for turn in range(10)
        )
    )

    assert len({frozenset(one.book.authors) for one in written}) == 1


@pytest.mark.parametrize(
    "patch",
    [
        {"title": "nul\x00"},
        {"title": "lone \ud800 surrogate"},
        {"title": "x" * 501},
        {"description": "\x00"},
        {"authors": ["a\x00b"]},
        {"stock": 2**31},
        {"stock": -1},
        {"pages": 10**30},
        {"price": "1e999999"},
        {"price": {"amount_minor": 2**40, "currency": "EUR"}},
        {"series": {"name": "S", "position": float("nan")}},
        {"cover_url": "javascript:alert(1)"},
        {"published": "2023-02-29"},
        {"language": "x" * 9},
        {"status": "sold"},
    ],
)
async def test_hostile_value_is_refused_with_its_place(
    books: BookRepository, store: Store, patch: dict[str, object]
) -> None:
    emma = (await books.create(store, EMMA)).book

    with pytest.raises(Invalid) as refused:
        await books.patch(store, emma.id, patch, 1)

    [fault] = refused.value.faults
    assert fault.pointer.startswith(f"/{next(iter(patch))}")


async def test_every_book_comes_once_in_order_of_id(
    books: BookRepository, pool: asyncpg.Pool, store: Store
) -> None:
    created = [
        (await books.create(store, BookDraft(title=str(n), price="1", authors=("A",)))).book
        for n in range(7)
    ]

    async with pool.acquire() as connection:
        batches = [batch async for batch in every_book(connection, store, batch=3)]

    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert [book for batch in batches for book in batch] == sorted(
        created, key=lambda book: book.id
    )


async def test_shown_rating_blends_imported_and_own(
    books: BookRepository, pool: asyncpg.Pool, store: Store
) -> None:
    emma = (await books.create(store, EMMA)).book
    await pool.execute(
        """update book set imported_rating_average = 4.5, imported_rating_count = 10,
             review_total = 5, review_count = 2""",
    )

    [book] = await books_by_id(pool, store, [emma.id])

    assert (book.average_rating, book.review_count) == (4.17, 12)


async def test_unknown_ids_are_passed_over(pool: asyncpg.Pool, store: Store) -> None:
    assert await books_by_id(pool, store, [new_id(), UUID(int=0)]) == []
