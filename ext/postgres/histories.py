"""What a reader did with books, read as the arrays that recommendations start from."""

from uuid import UUID

import asyncpg
import numpy as np

from core.recommendations.history import LONGEST, NOTHING, History
from core.recommendations.interactions import (
    BEST_RATING,
    KIND_STRENGTHS,
    LIKED_STRENGTH,
    STRENGTH_UNITS,
)
from core.stores.store import Store
from ext.postgres.pool import read

# A reader of more books than this is a robot, and may be recommended what it forgot.
MOST_BOOKS = 5_000

# The newest rating of a book counts, else the strongest act. Owned: rated or bought.
BOOKS_OF_READER = """
select book_id,
  (array_agg(value order by occurred_at desc, id desc) filter (where kind = 'rating'))[1] as rating,
  max(strength) as strength, bool_or(kind in ('rating', 'purchase')) as owned
from interaction
left join unnest($4::text[], $5::int[]) as act(name, strength) on act.name = kind
where reader_id = $1 and store_id = $2
group by book_id
order by max(occurred_at) desc, book_id
limit $3
"""


async def history_of(
    pool: asyncpg.Pool, store: Store, reader_id: UUID, limit: int = LONGEST
) -> History:
    """Newest first, at most `limit` books to learn from; what was owned before them as `older`.

    A reader nobody knows has done nothing. Raises DatabaseUnavailable.
    """
    acts = list(KIND_STRENGTHS), list(KIND_STRENGTHS.values())
    rows = await read(
        pool,
        lambda connection: connection.fetch(
            BOOKS_OF_READER, reader_id, store.id, MOST_BOOKS, *acts
        ),
    )
    if not rows:
        return NOTHING
    halves = np.frombuffer(b"".join(row[0].bytes for row in rows), ">u8").reshape(-1, 2)
    books = halves.astype(np.uint64)
    strengths = np.array([_strength(*row[1:3]) for row in rows[:limit]], np.float32)
    owned = np.array([row["owned"] for row in rows], np.bool_)
    return History(
        books=books[:limit],
        strengths=strengths,
        liked=strengths >= np.float32(LIKED_STRENGTH / STRENGTH_UNITS),
        older=books[limit:][owned[limit:]],
        looked_at=~owned[:limit],
    )


def _strength(rating: float | None, act: int | None) -> float:
    return (act or 0) / STRENGTH_UNITS if rating is None else rating / BEST_RATING
