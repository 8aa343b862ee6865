"""A simulation into the database: its readers, what they did and asked, reviews and averages."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import asyncpg
from msgspec import Struct

from core.kernel.ids import shaped_id
from core.simulation.catalogue import SimulatedBook, catalogue_arrays
from core.simulation.simulating import KINDS, RATING, Simulation, simulate
from core.simulation.words import reader_name, review_texts
from core.stores.store import Store
from ext.postgres.bulk import STATEMENT_SECONDS, begin, run
from ext.postgres.pool import read, transaction_of

_BOOKS = """
select b.id, b.language, s.name as series, b.series_position, b.imported_rating_count,
       array(select c.name from book_category bc join category c on c.id = bc.category_id
              where bc.book_id = b.id order by bc.position) as categories,
       array(select a.name from book_author ba join author a on a.id = ba.author_id
              where ba.book_id = b.id order by ba.position) as authors
  from book b left join series s on s.id = b.series_id
 where b.store_id = $1 and b.status <> 'hidden'
 order by b.external_id nulls last, b.id
"""

_STAGING = """
create temp table simulated_event (
  id uuid, reader_id uuid, book_id uuid, kind text, value real, occurred_at timestamptz,
  review_id uuid, review text
) on commit drop
"""

_READERS = """
insert into reader (id, store_id, external_id, display_name)
select n.id, $1, n.external_id, n.name
  from unnest($2::uuid[], $3::text[], $4::text[]) n (id, external_id, name)
    on conflict do nothing
"""

_INTERACTIONS = """
insert into interaction (id, store_id, reader_id, book_id, kind, value, occurred_at)
select id, $1, reader_id, book_id, kind, value, occurred_at from simulated_event
 order by occurred_at
    on conflict do nothing
returning 1
"""

_REVIEWS = """
insert into review (id, store_id, book_id, reader_id, rating, text, created_at, updated_at)
select review_id, $1, book_id, reader_id, value, review, occurred_at, occurred_at
  from simulated_event where review_id is not null
 order by book_id, occurred_at
    on conflict do nothing
returning book_id
"""

# Who bought a book had asked for its series, or for its author.
_SEARCHES = """
insert into event (id, store_id, reader_id, kind, query, occurred_at)
select e.id, $1, e.reader_id, 'search', lower(coalesce(s.name, a.name)),
       e.occurred_at - interval '1 minute'
  from simulated_event e
  join book b on b.id = e.book_id
  left join series s on s.id = b.series_id
  cross join lateral (
    select author.name from book_author link join author on author.id = link.author_id
     where link.book_id = b.id order by link.position limit 1) a
 where e.kind = 'purchase'
    on conflict do nothing
"""

# Counted anew, not added up: a second run of the same simulation must not count twice.
_AVERAGES = """
with told as (
  select book_id, sum(rating) as total, count(*) as count from review
   where store_id = $1 group by book_id
), changed as (
  update book b set review_total = t.total, review_count = t.count, version = b.version + 1,
         updated_at = now()
    from told t
   where b.id = t.book_id and (b.review_total, b.review_count) <> (t.total, t.count)
  returning b.id
)
insert into outbox (store_id, entity, entity_id) select $1, 'book', id from changed
"""


class Simulated(Struct, frozen=True):
    """readers: ids in the simulation's order, `reader_name(0)` first; the others: rows added."""

    readers: tuple[UUID, ...]
    interactions: int
    reviews: int


async def simulate_store(
    pool: asyncpg.Pool,
    store: Store,
    *,
    seed: int = 7,
    readers: int = 400,
    now: datetime | None = None,
) -> Simulated:
    """Simulate readers of the store's books and load what they did; again adds nothing new.

    Raises NoBooks for a store without books, DatabaseUnavailable.
    """
    rows = await read(pool, lambda connection: connection.fetch(_BOOKS, store.id))
    arrays = catalogue_arrays(
        [
            SimulatedBook(
                categories=row["categories"],
                authors=row["authors"],
                series=row["series"],
                position=row["series_position"],
                language=row["language"],
                ratings=row["imported_rating_count"],
            )
            for row in rows
        ]
    )
    simulation = simulate(arrays, seed=seed, readers=readers)
    books = [row["id"] for row in rows]
    moment = now or datetime.now(UTC)
    return await load_simulation(pool, store, simulation, books, seed=seed, now=moment)


async def load_simulation(
    pool: asyncpg.Pool,
    store: Store,
    simulation: Simulation,
    books: list[UUID],
    *,
    seed: int,
    now: datetime,
) -> Simulated:
    """Load a simulation in one transaction; books: the ids of its rows.

    Every id follows from store, seed and what happened, so that the same simulation loaded again
    adds nothing. Ratings become reviews, some with a sentence, and interactions; the averages of
    the books follow, with an outbox row for each that changed.
    """
    people = range(len(simulation.tastes.categories))
    named = partial(_id, store, seed)
    ids = [named(f"reader {number}") for number in people]
    async with transaction_of(pool) as connection:
        await begin(connection, store)
        await connection.execute(
            _READERS,
            store.id,
            ids,
            [f"simulated:{seed}-{number}" for number in people],
            [reader_name(number) for number in people],
            timeout=STATEMENT_SECONDS,
        )
        await connection.execute(_STAGING)
        await connection.copy_records_to_table(
            "simulated_event",
            records=_events(named, simulation, ids, books, now),
            timeout=STATEMENT_SECONDS,
        )
        interactions = await run(connection, _INTERACTIONS, store)
        reviews = await run(connection, _REVIEWS, store)
        await run(connection, _SEARCHES, store)
        await run(connection, _AVERAGES, store)
        await run(connection, "analyze interaction, event, reader, review", store)
    return Simulated(tuple(ids), len(interactions), len(reviews))


def _events(
    named: Callable[[str], UUID],
    simulation: Simulation,
    readers: list[UUID],
    books: list[UUID],
    now: datetime,
) -> list[tuple[object, ...]]:
    """Rows of the staging table; named: the id of what happened."""
    rows = list(
        zip(
            simulation.reader.tolist(),
            simulation.book.tolist(),
            simulation.kind.tolist(),
            simulation.value.tolist(),
            simulation.age_seconds.tolist(),
            strict=True,
        )
    )
    rated = [int(value) for _, _, kind, value, _ in rows if kind == RATING]
    texts = iter(review_texts(rated, seed=len(rated)))
    events: list[tuple[object, ...]] = []
    for reader, book, kind, value, age in rows:
        happened = f"{KINDS[kind]} {reader} {books[book]}"
        is_rating = kind == RATING
        events.append(
            (
                named(happened),
                readers[reader],
                books[book],
                KINDS[kind],
                value if is_rating else None,
                now - timedelta(seconds=age),
                named(f"review {happened}") if is_rating else None,
                next(texts) if is_rating else None,
            )
        )
    return events


def _id(store: Store, seed: int, what: str) -> UUID:
    digest = hashlib.blake2b(f"{store.id} {seed} {what}".encode(), digest_size=10).digest()
    return shaped_id(0, digest)
