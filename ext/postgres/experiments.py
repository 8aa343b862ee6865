"""Experiments as staff keep them; who was shown what by them, and what came of it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core.experiments.experiment import (
    Experiment,
    ExperimentDraft,
    ExperimentExists,
    ExperimentNotFound,
    Variant,
    checked,
)
from core.experiments.exposure import Exposure
from core.experiments.interleaving import NO_TEAM
from core.experiments.results import Results, results_of
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.audit import record
from ext.postgres.consents import WITHDRAWN
from ext.postgres.experiment_counts import counts_of
from ext.postgres.pool import read, transaction_of

_FIELDS = "id, name, surface, method, goal, traffic, variants, started_at, stopped_at"
_variants = msgspec.json.Decoder(tuple[Variant, ...])

# Of a reader who was erased or has withdrawn consent in the meantime nothing is kept.
# Arrays of arrays must be of one length for asyncpg: books and teams come as text.
_EXPOSE = f"""
insert into experiment_exposure
  (id, experiment_id, variant, subject, reader_id, books, teams, shown_at)
select id, experiment_id, variant, subject, reader_id, books::uuid[], teams::smallint[], shown_at
  from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::uuid[], $5::uuid[], $6::text[],
              $7::text[], $8::timestamptz[])
    as seen(id, experiment_id, variant, subject, reader_id, books, teams, shown_at)
 where exists (select from experiment where experiment.id = seen.experiment_id)
   and (reader_id is null or exists (select from reader where reader.id = seen.reader_id)
        and not {WITHDRAWN.format(reader="seen.reader_id")})
on conflict (id) do nothing
"""
_TRIES = 3


async def _nobody() -> None:
    """No worker is here that could look."""


class ExperimentRepository:
    """refresh: looks for what runs now, in the worker that wrote it."""

    def __init__(
        self, pool: asyncpg.Pool, *, refresh: Callable[[], Awaitable[None]] = _nobody
    ) -> None:
        self._pool = pool
        self.refresh = refresh

    async def every(self, store: Store) -> list[Experiment]:
        """Newest first."""
        rows = await read(
            self._pool,
            lambda connection: connection.fetch(
                f"select {_FIELDS} from experiment where store_id = $1 order by id desc", store.id
            ),
        )
        return list(map(_experiment, rows))

    async def results(self, store: Store, experiment_id: UUID) -> Results:
        """As of now. Raises ExperimentNotFound."""
        experiment = await read(
            self._pool, lambda connection: _one(connection, store, experiment_id)
        )
        return results_of(experiment, await counts_of(self._pool, store, experiment))

    async def start(self, store: Store, draft: ExperimentDraft) -> Experiment:
        """Raises BadExperiment; ExperimentExists for a name that was used, or a surface where
        another runs."""
        draft, experiment_id = checked(draft), new_id()
        try:
            async with transaction_of(self._pool) as connection:
                await connection.execute(
                    """insert into experiment
                         (id, store_id, name, surface, method, goal, traffic, variants)
                       values ($1, $2, $3, $4, $5, $6, $7, $8)""",
                    experiment_id,
                    store.id,
                    draft.name,
                    draft.surface,
                    draft.method,
                    draft.goal,
                    draft.traffic,
                    msgspec.json.encode(draft.variants).decode(),
                )
                made = await _one(connection, store, experiment_id)
                await record(connection, store.id, "experiment.start", experiment_id)
                return made
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name == "experiment_one_runs":
                raise ExperimentExists(
                    f"another experiment runs on {draft.surface}", remedy="stop it first"
                ) from error
            raise ExperimentExists(
                f"there was an experiment {draft.name!r}", remedy="choose another name"
            ) from error

    async def stop(self, store: Store, experiment_id: UUID) -> Experiment:
        """Whoever stops again changes nothing. Raises ExperimentNotFound."""
        async with transaction_of(self._pool) as connection:
            stopped = await connection.execute(
                """update experiment set stopped_at = now()
                   where id = $1 and store_id = $2 and stopped_at is null""",
                experiment_id,
                store.id,
            )
            made = await _one(connection, store, experiment_id)
            if stopped == "UPDATE 1":
                await record(connection, store.id, "experiment.stop", experiment_id)
            return made


class ExperimentFeed:
    """What workers ask again and again, and tell in batches."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def running(self) -> dict[UUID, list[Experiment]]:
        """By store. Raises DatabaseUnavailable."""
        rows = await read(
            self._pool,
            lambda connection: connection.fetch(
                f"select store_id, {_FIELDS} from experiment where stopped_at is null"
            ),
        )
        found: dict[UUID, list[Experiment]] = {}
        for row in rows:
            found.setdefault(row["store_id"], []).append(_experiment(row))
        return found

    async def expose(self, exposures: Sequence[Exposure]) -> None:
        """Keep those of readers who are there and do not object. Raises DatabaseUnavailable."""
        columns = zip(*map(_columns, exposures), strict=True)
        values = [list(column) for column in columns]
        for attempt in range(_TRIES):
            try:
                async with transaction_of(self._pool) as connection:
                    await connection.execute("set local synchronous_commit = off")
                    await connection.execute(_EXPOSE, *values)
                return
            except asyncpg.ForeignKeyViolationError:
                if attempt == _TRIES - 1:  # somebody was erased under it, again and again
                    raise


async def _one(connection: asyncpg.Connection, store: Store, experiment_id: UUID) -> Experiment:
    row = await connection.fetchrow(
        f"select {_FIELDS} from experiment where id = $1 and store_id = $2",
        experiment_id,
        store.id,
    )
    if row is None:
        raise ExperimentNotFound(f"no experiment has the id {experiment_id}")
    return _experiment(row)


def _columns(exposure: Exposure) -> tuple[object, ...]:
    teams = None
    if exposure.variant is None:
        teams = _literal("null" if team == NO_TEAM else team for team in exposure.teams)
    return (
        exposure.id,
        exposure.experiment_id,
        exposure.variant,
        exposure.subject,
        exposure.reader_id,
        _literal(exposure.books),
        teams,
        exposure.shown_at,
    )


def _literal(values: Iterable[object]) -> str:
    """An array as PostgreSQL reads it."""
    return "{" + ",".join(map(str, values)) + "}"


def _experiment(row: Mapping[str, Any]) -> Experiment:
    fields = {name: row[name] for name in Experiment.__struct_fields__}
    return Experiment(**fields | {"variants": _variants.decode(row["variants"])})
