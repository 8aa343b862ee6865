"""Experiments, for the command line."""

from api.settings import Settings
from api.wiring.databases import database
from core.experiments.experiment import Experiment, ExperimentDraft, ExperimentNotFound
from core.experiments.results import Results
from core.stores.store import Store
from ext.postgres.experiments import ExperimentRepository


async def experiments(settings: Settings) -> list[Experiment]:
    """All of the store's, newest first."""
    async with database(settings) as (pool, store):
        return await ExperimentRepository(pool).every(store)


async def start(settings: Settings, draft: ExperimentDraft) -> Experiment:
    """Raises BadExperiment, ExperimentExists."""
    async with database(settings) as (pool, store):
        return await ExperimentRepository(pool).start(store, draft)


async def stop(settings: Settings, name: str) -> Experiment:
    """Raises ExperimentNotFound."""
    async with database(settings) as (pool, store):
        repository = ExperimentRepository(pool)
        return await repository.stop(store, (await _named(repository, store, name)).id)


async def results(settings: Settings, name: str) -> Results:
    """Raises ExperimentNotFound."""
    async with database(settings) as (pool, store):
        repository = ExperimentRepository(pool)
        return await repository.results(store, (await _named(repository, store, name)).id)


async def _named(repository: ExperimentRepository, store: Store, name: str) -> Experiment:
    for each in await repository.every(store):
        if each.name == name:
            return each
    raise ExperimentNotFound(f"no experiment is called {name!r}", remedy="see `experiment list`")
