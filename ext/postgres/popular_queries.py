"""What many readers of a store asked lately: counted by night, read by every worker."""

from typing import Final
from uuid import UUID

import asyncpg

from core.search.popular_queries import (
    DAYS,
    FEWEST_READERS,
    LONGEST,
    MOST_KEPT,
    PopularQuery,
    sayable,
    unspoken,
    words_asked,
)
from core.stores.store import Store
from ext.postgres.consents import WITHDRAWN
from ext.postgres.pool import transaction_of
from ext.postgres.search_rules import count_up
from ext.postgres.stores import load_stores

JOB: Final = "search.popular-queries"
_TEXTS_AT_ONCE: Final = 5_000

_ASKED: Final = f"""
with asked as (
  select lower(regexp_replace(btrim(query), '\\s+', ' ', 'g')) as query, reader_id
    from event
   where store_id = $1 and kind = 'search' and reader_id is not null
     and occurred_at > now() - make_interval(days => $2)
     and not {WITHDRAWN.format(reader="reader_id")}
)
select query, count(distinct reader_id)::int as readers from asked
 where length(query) between 2 and $3
 group by query having count(distinct reader_id) >= $4
 order by readers desc, query limit $5
"""
_NAMES: Final = """
select title from book where store_id = $1 and status <> 'hidden'
 union all select name from author where store_id = $1
 union all select name from series where store_id = $1
 union all select name from category where store_id = $1
"""


async def count_popular(pool: asyncpg.Pool) -> dict[str, int]:
    """Count every store's anew; how many there are, by store. Raises DatabaseUnavailable."""
    return {store.slug: await _count(pool, store) for store in (await load_stores(pool)).all}


async def popular_of(connection: asyncpg.Connection, store_id: UUID) -> list[PopularQuery]:
    rows = await connection.fetch(
        "select query, readers from popular_query where store_id = $1 order by query", store_id
    )
    return [PopularQuery(*row) for row in rows]


async def _count(pool: asyncpg.Pool, store: Store) -> int:
    async with transaction_of(pool) as connection:
        asked = [
            PopularQuery(*row)
            for row in await connection.fetch(
                _ASKED, store.id, DAYS, LONGEST, FEWEST_READERS, MOST_KEPT
            )
        ]
        missing = words_asked(asked)
        cursor = await connection.cursor(_NAMES, store.id)
        while missing and (rows := await cursor.fetch(_TEXTS_AT_ONCE)):
            missing = unspoken(missing, [name for (name,) in rows])
        popular = sorted(sayable(asked, missing), key=lambda each: each.query)
        if popular != await popular_of(connection, store.id):
            await _replace(connection, store, popular)
    return len(popular)


async def _replace(
    connection: asyncpg.Connection, store: Store, popular: list[PopularQuery]
) -> None:
    await count_up(connection, store)  # which tells the workers
    await connection.execute("delete from popular_query where store_id = $1", store.id)
    await connection.executemany(
        "insert into popular_query (store_id, query, readers) values ($1, $2, $3)",
        [(store.id, each.query, each.readers) for each in popular],
    )
