"""A catalogue into the database: COPY into a staging table, then set by set, all or nothing."""

import time
from collections.abc import Iterable, Iterator

import asyncpg

from core.importing.books import ImportedBook, Rejection
from core.importing.summary import ImportSummary
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.book_staging import ANALYZE, COUNT, MATCH, NAMES, REFUSE, STAGED, STAGING, WRITE
from ext.postgres.bulk import (
    STATEMENT_SECONDS,
    Counted,
    Progress,
    Refused,
    begin,
    guarded,
    no_progress,
    no_refusal,
    run,
)
from ext.postgres.pool import transaction_of

BATCH_ROWS = 5_000


async def load_books(
    pool: asyncpg.Pool,
    store: Store,
    rows: Iterable[ImportedBook | Rejection],
    *,
    refused: Refused = no_refusal,
    progress: Progress = no_progress,
) -> ImportSummary:
    """Add and change the books of `rows` in one transaction, with an outbox row for each.

    A book whose `content_hash` is the stored one is left alone, and so are price and stock that
    the file does not tell. refused: called for every row that stays out. Raises
    DatabaseUnavailable, SourceFailed and what `rows` raises; then nothing has changed.
    """
    started = time.perf_counter()
    rejections = Counted(refused)
    async with transaction_of(pool) as connection:
        await begin(connection, store)
        await connection.execute(STAGING)
        staged = await _stage(connection, rows, rejections, progress)
        progress("comparing with the store", staged)
        await run(connection, "analyze staged_book", store)
        await _match(connection, store, rejections)
        counts = (await run(connection, COUNT, store))[0]
        progress("writing", counts["added"] + counts["changed"])
        await _name(connection, store)
        for statement in WRITE:
            await run(connection, statement, store)
        await run(connection, ANALYZE, store)
    return ImportSummary(
        read=sum(counts) + rejections.count,
        added=counts["added"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        rejected=rejections.count,
        seconds=time.perf_counter() - started,
    )


async def _stage(
    connection: asyncpg.Connection,
    rows: Iterable[ImportedBook | Rejection],
    refused: Refused,
    progress: Progress,
) -> int:
    staged = 0
    batch: list[tuple[object, ...]] = []
    for row in guarded(rows):
        if isinstance(row, Rejection):
            refused(row)
        else:
            batch.append(_record(row))
        if len(batch) == BATCH_ROWS:
            staged += await _copy(connection, batch)
            progress("reading", staged)
            batch = []
    return staged + await _copy(connection, batch)


async def _copy(connection: asyncpg.Connection, batch: list[tuple[object, ...]]) -> int:
    await connection.copy_records_to_table(
        "staged_book", records=batch, columns=STAGED, timeout=STATEMENT_SECONDS
    )
    return len(batch)


def _record(book: ImportedBook) -> tuple[object, ...]:
    return (
        book.line,
        new_id(),
        book.external_id,
        book.isbn,
        book.title,
        book.subtitle,
        book.description,
        book.language,
        book.pages,
        book.published,
        book.published_year,
        book.price_minor,
        book.price_given,
        book.stock,
        book.stock_given,
        book.status,
        book.publisher,
        book.series,
        book.series_position,
        book.cover_url,
        book.rating_average,
        book.rating_count,
        book.content_hash(),
        book.authors,
        book.categories,
    )


async def _match(connection: asyncpg.Connection, store: Store, refused: Refused) -> None:
    for statement in MATCH:
        await run(connection, statement, store)
    for statement in REFUSE:
        for row in _first_of_each_line(await run(connection, statement, store)):
            refused(Rejection(row["line"], row["reason"], row["identity"][:80], row["title"][:80]))


def _first_of_each_line(rows: list[asyncpg.Record]) -> Iterator[asyncpg.Record]:
    seen: set[int] = set()
    for row in sorted(rows, key=lambda row: row["line"]):
        if row["line"] not in seen:
            seen.add(row["line"])
            yield row


async def _name(connection: asyncpg.Connection, store: Store) -> None:
    """Make the authors, categories, publishers and series that are not there yet."""
    for missing, make in NAMES:
        names = [row["name"] for row in await run(connection, missing, store)]
        ids = [new_id() for _ in names]
        await connection.execute(make, store.id, ids, names, timeout=STATEMENT_SECONDS)
