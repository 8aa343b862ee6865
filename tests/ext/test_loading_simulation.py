"""A simulation of the sample catalogue in a real database."""

from datetime import UTC, datetime

import asyncpg

from core.stores.store import Store
from ext.postgres.loading import load_books
from ext.postgres.simulation_loading import simulate_store
from ext.sample_catalogue import sample_books

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_simulated_readers_review_buy_and_look(pool: asyncpg.Pool, store: Store) -> None:
    await load_books(pool, store, sample_books(store.currency))

    simulated = await simulate_store(pool, store, seed=7, readers=60, now=NOW)

    kinds = dict(await pool.fetch("select kind, count(*) from interaction group by kind"))
    assert kinds.keys() == {"book_view", "purchase", "rating"}
    assert sum(kinds.values()) == simulated.interactions
    assert (
        kinds["rating"] == simulated.reviews == await pool.fetchval("select count(*) from review")
    )
    assert await pool.fetchval("select count(*) from reader") == len(simulated.readers) == 60
    latest = await pool.fetchval("select max(occurred_at) from interaction")
    assert latest <= NOW


async def test_averages_are_those_of_the_reviews(pool: asyncpg.Pool, store: Store) -> None:
    await load_books(pool, store, sample_books(store.currency))

    await simulate_store(pool, store, seed=7, readers=60, now=NOW)

    wrong = await pool.fetchval(
        """
        select count(*) from book b
         where (review_count, review_total) <> (
           select count(*), coalesce(sum(rating), 0) from review r where r.book_id = b.id)
        """
    )
    assert wrong == 0
    told = await pool.fetchval("select count(*) from outbox where entity = 'book'")
    reviewed = await pool.fetchval("select count(*) from book where review_count > 0")
    assert told == await pool.fetchval("select count(*) from book") + reviewed


async def test_same_simulation_again_adds_nothing(pool: asyncpg.Pool, store: Store) -> None:
    await load_books(pool, store, sample_books(store.currency))
    first = await simulate_store(pool, store, seed=7, readers=30, now=NOW)
    told = await pool.fetchval("select count(*) from outbox")

    again = await simulate_store(pool, store, seed=7, readers=30, now=NOW)

    assert (again.readers, again.interactions, again.reviews) == (first.readers, 0, 0)
    assert await pool.fetchval("select count(*) from outbox") == told
