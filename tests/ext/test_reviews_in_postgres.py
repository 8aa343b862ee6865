"""Reviews in PostgreSQL: the book's rating moves with them."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from core.accounts.account import AccountNotFound
from core.catalogue.book import Book, BookNotFound
from core.catalogue.draft import BookDraft
from core.kernel.errors import Invalid
from core.kernel.ids import new_id
from core.reviews.review import DuplicateReview, ReviewChanged, ReviewDraft, ReviewNotFound
from core.stores.store import Store
from ext.postgres.accounts import AccountRepository
from ext.postgres.books import BookRepository, books_by_id
from ext.postgres.reviews import ReviewRepository


@pytest.fixture
def reviews(pool: asyncpg.Pool) -> ReviewRepository:
    return ReviewRepository(pool)


@pytest.fixture
async def book(pool: asyncpg.Pool, store: Store) -> Book:
    return (await BookRepository(pool).create(store, BookDraft(title="Emma", price="5"))).book


async def reader(pool: asyncpg.Pool, store: Store, name: str = "ann") -> UUID:
    accounts = AccountRepository(pool)
    account = await accounts.create(
        store, email=f"{name}@example.org", display_name=name, password_hash=None
    )
    return account.id


async def shown(pool: asyncpg.Pool, store: Store, book: Book) -> tuple[float, int, int]:
    [now] = await books_by_id(pool, store, [book.id])
    return now.average_rating, now.review_count, now.version


async def test_review_moves_the_rating_of_its_book(
    reviews: ReviewRepository, pool: asyncpg.Pool, store: Store, book: Book
) -> None:
    await reviews.add(store, book.id, await reader(pool, store, "ann"), ReviewDraft(rating=5))
    await reviews.add(store, book.id, await reader(pool, store, "bob"), ReviewDraft(rating=2))

    assert await shown(pool, store, book) == (3.5, 2, 3)


async def test_changed_review_counts_once_with_its_new_stars(
    reviews: ReviewRepository, pool: asyncpg.Pool, store: Store, book: Book
) -> None:
    ann = await reader(pool, store)
    added = (await reviews.add(store, book.id, ann, ReviewDraft(rating=5, text="Great"))).review

    changed = await reviews.change(store, added.id, ann, ReviewDraft(rating=1, text="No"), 1)

    assert (changed.review.rating, changed.review.text, changed.review.version) == (1, "No", 2)
    assert await shown(pool, store, book) == (1.0, 1, 3)
    assert await pool.fetch("select kind, value from interaction") == [("rating", 1.0)]


async def test_deleted_review_leaves_the_book_without_rating(
    reviews: ReviewRepository, pool: asyncpg.Pool, store: Store, book: Book
) -> None:
    ann = await reader(pool, store)
    added = (await reviews.add(store, book.id, ann, ReviewDraft(rating=5))).review

    await reviews.delete(store, added.id, ann, 1)

    assert await shown(pool, store, book) == (0.0, 0, 3)
    assert await pool.fetchval("select count(*) from interaction") == 0


async def test_one_reader_reviews_a_book_once(
    reviews: ReviewRepository, pool: asyncpg.Pool, store: Store, book: Book
) -> None:
    ann = await reader(pool, store)

    outcomes = await asyncio.gather(
        *(reviews.add(store, book.id, ann, ReviewDraft(rating=stars)) for stars in (1, 5)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, DuplicateReview) for outcome in outcomes) == 1
    assert (await shown(pool, store, book))[1] == 1


async def test_review_is_told_to_followers_with_its_token(
    reviews: ReviewRepository, pool: asyncpg.Pool, store: Store, book: Book
) -> None:
    written = await reviews.add(store, book.id, await reader(pool, store), ReviewDraft(rating=5))

    event = await pool.fetchrow("select entity, entity_id, xid::text from outbox where seq > 1")
    assert tuple(event) == ("book", book.id, written.token)


async def test_somebody_elses_review_cannot_be_changed(
    reviews: ReviewRepository, pool: asyncpg.Pool, store: Store, book: Book
) -> None:
    ann, bob = await reader(pool, store, "ann"), await reader(pool, store, "bob")
    added = (await reviews.add(store, book.id, ann, ReviewDraft(rating=5))).review

    with pytest.raises(ReviewNotFound):
        await reviews.change(store, added.id, bob, ReviewDraft(rating=1), 1)


async def test_lost_race_for_a_review_is_told(
    reviews: ReviewRepository, pool: asyncpg.Pool, store: Store, book: Book
) -> None:
    ann = await reader(pool, store)
    added = (await reviews.add(store, book.id, ann, ReviewDraft(rating=5))).review

    with pytest.raises(ReviewChanged, match="version 1, not 7"):
        await reviews.delete(store, added.id, ann, 7)


@pytest.mark.parametrize(
    ("draft", "pointer"),
    [
        (ReviewDraft(rating=0), "/rating"),
        (ReviewDraft(rating=6), "/rating"),
        (ReviewDraft(rating=5, text="nul\x00"), "/text"),
        (ReviewDraft(rating=5, text="x" * 10_001), "/text"),
    ],
)
async def test_broken_review_is_refused_with_its_place(
    reviews: ReviewRepository, store: Store, book: Book, draft: ReviewDraft, pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await reviews.add(store, book.id, new_id(), draft)

    assert [fault.pointer for fault in refused.value.faults] == [pointer]


async def test_unknown_book_or_reader_is_named(
    reviews: ReviewRepository, pool: asyncpg.Pool, store: Store, book: Book
) -> None:
    with pytest.raises(BookNotFound):
        await reviews.page(store, new_id())
    with pytest.raises(AccountNotFound):
        await reviews.add(store, book.id, new_id(), ReviewDraft(rating=5))


async def test_pages_go_from_the_newest_review_to_the_oldest(
    reviews: ReviewRepository, pool: asyncpg.Pool, store: Store, book: Book
) -> None:
    for name in ("ann", "bob", "eve"):
        draft = ReviewDraft(rating=4, text=name)
        await reviews.add(store, book.id, await reader(pool, store, name), draft)

    first = await reviews.page(store, book.id, page=1, size=2)
    second = await reviews.page(store, book.id, page=2, size=2)

    assert (first.count, second.count) == (3, 3)
    assert [review.reader_name for review in first.reviews] == ["eve", "bob"]
    assert [review.reader_name for review in second.reviews] == ["ann"]
