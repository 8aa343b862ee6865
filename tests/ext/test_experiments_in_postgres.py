"""Exposures into the truth: each once, of readers who are there, with every book's team."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.experiments.experiment import Experiment, ExperimentDraft, Variant
from core.experiments.exposure import Exposure
from core.experiments.interleaving import NO_TEAM
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.experiment_counts import counts_of
from ext.postgres.experiments import ExperimentFeed, ExperimentRepository

BOOKS = tuple(new_id() for _ in range(3))


@pytest.fixture
async def running(pool: asyncpg.Pool, store: Store) -> Experiment:
    draft = ExperimentDraft(
        name="both",
        surface="search",
        method="interleaved",
        variants=(Variant("as is"), Variant("new", weights=(1, 0, 0))),
    )
    return await ExperimentRepository(pool).start(store, draft)


def exposure(running: Experiment, **fields: Any) -> Exposure:
    told = {
        "id": new_id(),
        "experiment_id": running.id,
        "variant": None,
        "subject": new_id(),
        "reader_id": None,
        "books": BOOKS,
        "teams": bytes((1, NO_TEAM, 0)),
        "shown_at": datetime.now(UTC),
    }
    return Exposure(**told | fields)


async def test_batch_told_twice_is_kept_once_with_the_teams(
    pool: asyncpg.Pool, store: Store, running: Experiment
) -> None:
    batch = [exposure(running), exposure(running, books=(), teams=b"")]
    feed = ExperimentFeed(pool)

    for _ in range(2):
        await feed.expose(batch)

    rows = await pool.fetch(
        "select books, teams from experiment_exposure order by cardinality(books) desc"
    )
    assert [tuple(row["books"]) for row in rows] == [BOOKS, ()]
    assert [row["teams"] for row in rows] == [[1, None, 0], []]
    assert (await counts_of(pool, store, running)).exposures == {0: 2}


async def test_reader_who_is_gone_and_an_experiment_that_is_gone_are_left_out(
    pool: asyncpg.Pool, store: Store, running: Experiment
) -> None:
    here, gone = new_id(), new_id()
    await pool.execute(
        "insert into reader (id, store_id, display_name) values ($1, $2, 'Anne')", here, store.id
    )

    await ExperimentFeed(pool).expose(
        [
            exposure(running, subject=here, reader_id=here),
            exposure(running, subject=gone, reader_id=gone),
            exposure(running, experiment_id=UUID(int=5)),
        ]
    )

    assert await pool.fetchval("select array_agg(subject) from experiment_exposure") == [here]


async def test_what_runs_is_told_by_store_until_it_is_stopped(
    pool: asyncpg.Pool, store: Store, running: Experiment
) -> None:
    feed = ExperimentFeed(pool)
    assert await feed.running() == {store.id: [running]}

    repository = ExperimentRepository(pool)
    stopped = await repository.stop(store, running.id)

    assert await feed.running() == {}
    assert stopped.stopped_at is not None
    assert await repository.stop(store, running.id) == stopped
