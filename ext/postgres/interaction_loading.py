"""Ratings, purchases and views into the database, with the readers they make known."""

import io
import time
from collections.abc import Iterable

import asyncpg

from core.importing.books import Rejection
from core.importing.interactions import BLOCK_COLUMNS, InteractionBlock
from core.importing.summary import ImportSummary
from core.kernel.ids import new_id
from core.stores.store import Store
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
    unindexed_if_empty,
)
from ext.postgres.interaction_staging import (
    ADD,
    ANALYZE,
    CHANGE,
    COUNT,
    IDENTIFY,
    MAKE_READERS,
    MATCH_BOOKS,
    MISSING_READERS,
    REPEATED,
    STAGING,
    UNKNOWN_BOOKS,
)
from ext.postgres.pool import transaction_of


async def load_interactions(
    pool: asyncpg.Pool,
    store: Store,
    blocks: Iterable[InteractionBlock],
    *,
    spread_days: int = 0,
    refused: Refused = no_refusal,
    progress: Progress = no_progress,
) -> ImportSummary:
    """Add and change interactions in one transaction; readers are made by their external id.

    spread_days: interactions without a time are spread over so many days before now, by a hash
    of what they say. Raises DatabaseUnavailable, SourceFailed and what `blocks` raises; then
    nothing has changed.
    """
    started = time.perf_counter()
    rejections = Counted(refused)
    async with transaction_of(pool) as connection:
        await begin(connection, store)
        staged = await _stage(connection, blocks, rejections, progress)
        progress("comparing with the store", staged)
        readers = await _match(connection, store, rejections)
        counts = (await run(connection, COUNT, store))[0]
        progress("writing", counts["added"] + counts["changed"])
        await run(connection, CHANGE, store)
        async with unindexed_if_empty(connection, "interaction"):
            await run(connection, ADD.format(spread_days=int(spread_days)), store)
        await run(connection, "analyze interaction, reader", store)
    return ImportSummary(
        read=sum(counts) + rejections.count,
        added=counts["added"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        rejected=rejections.count,
        readers=readers,
        seconds=time.perf_counter() - started,
    )


async def _stage(
    connection: asyncpg.Connection,
    blocks: Iterable[InteractionBlock],
    refused: Refused,
    progress: Progress,
) -> int:
    await connection.execute(STAGING)
    staged = 0
    for block in guarded(blocks):
        for rejection in block.rejections:
            refused(rejection)
        await connection.copy_to_table(
            "staged_interaction",
            source=io.BytesIO(block.csv),
            columns=BLOCK_COLUMNS,
            format="csv",
            timeout=STATEMENT_SECONDS,
        )
        staged += block.rows
        progress("reading", staged)
    return staged


async def _match(connection: asyncpg.Connection, store: Store, refused: Refused) -> int:
    """Find each row's book, reader and id; returns how many readers had to be made."""
    await run(connection, ANALYZE, store)
    # CREATE TABLE AS takes no parameters; a UUID's text needs no quoting.
    await run(connection, MATCH_BOOKS.format(store=store.id), store)
    _refuse(await run(connection, UNKNOWN_BOOKS, store), refused)
    unknown = [row["reader"] for row in await run(connection, MISSING_READERS, store)]
    ids = [new_id() for _ in unknown]
    await connection.execute(MAKE_READERS, store.id, ids, unknown, timeout=STATEMENT_SECONDS)
    await run(connection, IDENTIFY.format(store=store.id), store)
    _refuse(await run(connection, REPEATED, store), refused)
    return len(unknown)


def _refuse(rows: list[asyncpg.Record], refused: Refused) -> None:
    for row in sorted(rows, key=lambda row: row["line"]):
        refused(Rejection(row["line"], row["reason"], row["identity"][:80]))
