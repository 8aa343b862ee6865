"""Reviews: each write moves the book's rating and tells of it in the same transaction."""

from uuid import UUID

import asyncpg
from msgspec import Struct

from core.accounts.account import AccountNotFound
from core.catalogue.book import BookNotFound
from core.kernel.ids import new_id
from core.reviews.review import (
    DuplicateReview,
    Review,
    ReviewChanged,
    ReviewDraft,
    ReviewNotFound,
    ReviewPage,
    accepted_review,
)
from core.stores.store import Store
from ext.postgres.outbox import announce
from ext.postgres.pool import read, transaction_of

_SELECT = """
select v.id, v.book_id, v.reader_id, r.display_name as reader_name, v.rating, v.text, v.version,
  v.created_at, v.updated_at
from review v join reader r on r.id = v.reader_id
"""


class WrittenReview(Struct, frozen=True):
    """token: for `Index-Version`."""

    review: Review
    token: str


class ReviewRepository:
    """A review counts as a rating interaction, whose id is the review's."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(
        self, store: Store, book_id: UUID, *, page: int = 1, size: int = 20
    ) -> ReviewPage:
        """Newest first, page counted from 1. Raises BookNotFound."""

        async def work(connection: asyncpg.Connection) -> ReviewPage:
            count = await connection.fetchval(
                "select review_count from book where store_id = $1 and id = $2", store.id, book_id
            )
            if count is None:
                raise BookNotFound(f"no book has the id {book_id}")
            rows = await connection.fetch(
                f"""{_SELECT} where v.book_id = $1
                    order by v.created_at desc, v.id desc limit $2 offset $3""",
                book_id,
                size,
                (page - 1) * size,
            )
            return ReviewPage(tuple(Review(**dict(row)) for row in rows), count)

        return await read(self._pool, work)

    async def add(
        self, store: Store, book_id: UUID, reader_id: UUID, draft: ReviewDraft
    ) -> WrittenReview:
        """Raises Invalid, BookNotFound, AccountNotFound, DuplicateReview."""
        draft, review_id = accepted_review(draft), new_id()
        async with transaction_of(self._pool) as connection:
            await _lock_book(connection, store, book_id)
            if not await connection.fetchval(
                "select exists (select from reader where store_id = $1 and id = $2)",
                store.id,
                reader_id,
            ):
                raise AccountNotFound(f"no reader has the id {reader_id}")
            added = await connection.fetchval(
                """insert into review (id, store_id, book_id, reader_id, rating, text)
                   values ($1, $2, $3, $4, $5, $6)
                   on conflict (book_id, reader_id) do nothing returning id""",
                review_id,
                store.id,
                book_id,
                reader_id,
                draft.rating,
                draft.text,
            )
            if added is None:
                raise DuplicateReview("you have reviewed this book", remedy="change that review")
            await connection.execute(
                """insert into interaction (id, store_id, reader_id, book_id, kind, value)
                   values ($1, $2, $3, $4, 'rating', $5)""",
                review_id,
                store.id,
                reader_id,
                book_id,
                float(draft.rating),
            )
            return await _told(connection, store, review_id, book_id, stars=draft.rating, more=1)

    async def change(
        self, store: Store, review_id: UUID, reader_id: UUID, draft: ReviewDraft, version: int
    ) -> WrittenReview:
        """Change the reader's own. Raises Invalid, ReviewNotFound, ReviewChanged."""
        draft = accepted_review(draft)
        async with transaction_of(self._pool) as connection:
            old = await _lock_review(connection, store, review_id, reader_id, version)
            await connection.execute(
                """update review set rating = $2, text = $3, version = version + 1,
                     updated_at = now() where id = $1""",
                review_id,
                draft.rating,
                draft.text,
            )
            await connection.execute(
                "update interaction set value = $2, occurred_at = now() where id = $1",
                review_id,
                float(draft.rating),
            )
            return await _told(
                connection, store, review_id, old["book_id"], stars=draft.rating - old["rating"]
            )

    async def delete(self, store: Store, review_id: UUID, reader_id: UUID, version: int) -> str:
        """Take the reader's own away; the write's token. Raises ReviewNotFound, ReviewChanged."""
        async with transaction_of(self._pool) as connection:
            old = await _lock_review(connection, store, review_id, reader_id, version)
            await connection.execute("delete from review where id = $1", review_id)
            await connection.execute("delete from interaction where id = $1", review_id)
            return await _count(connection, store, old["book_id"], stars=-old["rating"], more=-1)


async def _lock_book(connection: asyncpg.Connection, store: Store, book_id: UUID) -> None:
    """The book before its reviews, always: two writers must not deadlock."""
    if not await connection.fetchval(
        "select true from book where store_id = $1 and id = $2 for update", store.id, book_id
    ):
        raise BookNotFound(f"no book has the id {book_id}")


async def _lock_review(
    connection: asyncpg.Connection, store: Store, review_id: UUID, reader_id: UUID, version: int
) -> asyncpg.Record:
    book_id = await connection.fetchval(
        "select book_id from review where store_id = $1 and id = $2 and reader_id = $3",
        store.id,
        review_id,
        reader_id,
    )
    if book_id is not None:
        await _lock_book(connection, store, book_id)
    row = await connection.fetchrow(
        """select book_id, rating, version from review
           where store_id = $1 and id = $2 and reader_id = $3 for update""",
        store.id,
        review_id,
        reader_id,
    )
    if row is None:
        raise ReviewNotFound(f"you have written no review with the id {review_id}")
    if row["version"] != version:
        raise ReviewChanged(
            f"the review is at version {row['version']}, not {version}",
            remedy="read it again and retry",
        )
    return row


async def _told(
    connection: asyncpg.Connection,
    store: Store,
    review_id: UUID,
    book_id: UUID,
    *,
    stars: int,
    more: int = 0,
) -> WrittenReview:
    token = await _count(connection, store, book_id, stars=stars, more=more)
    row = await connection.fetchrow(f"{_SELECT} where v.id = $1", review_id)
    return WrittenReview(Review(**dict(row)), token)


async def _count(
    connection: asyncpg.Connection, store: Store, book_id: UUID, *, stars: int, more: int
) -> str:
    """stars, more: what to add to the sum of the book's ratings and to their count."""
    await connection.execute(
        """update book set review_total = review_total + $2, review_count = review_count + $3,
             version = version + 1, updated_at = now() where id = $1""",
        book_id,
        stars,
        more,
    )
    return await announce(connection, store.id, "book", book_id)
