"""What came of an experiment: acts credited to exposures, counted by day."""

from typing import Any, Final

import asyncpg

from core.experiments.experiment import Experiment
from core.experiments.exposure import GOAL_OF, WINDOWS
from core.experiments.results import Counts, Entered, Preferred, Reached
from core.stores.store import Store
from ext.postgres.pool import transaction_of

# Each act finds the exposure that showed its book to its subject last, within the goal's window;
# of one exposure and book each goal counts once.
_CREDITED: Final = """
create temporary table credited on commit drop as
with rule as (
  select * from unnest($3::text[], $4::text[], $5::interval[]) as rule(kind, goal, span)
), subject as (
  select distinct subject, reader_id is not null as known from experiment_exposure
   where experiment_id = $1
), act as (
  select interaction.reader_id as subject, rule.goal, rule.span, book_id, occurred_at
    from subject join interaction on interaction.reader_id = subject.subject
    join rule on rule.kind = interaction.kind
   where subject.known and interaction.store_id = $2 and occurred_at >= $6
  union all
  select visitor_id, rule.goal, rule.span, book_id, occurred_at
    from subject join event on event.visitor_id = subject.subject
    join rule on rule.kind = event.kind
   where not subject.known and event.store_id = $2 and occurred_at >= $6
)
select act.subject, act.goal, act.book_id, shown.id as exposure, shown.place,
       min(act.occurred_at) as at
  from act cross join lateral (
    select id, coalesce(variant, teams[array_position(books, act.book_id)]) as place
      from experiment_exposure x
     where x.experiment_id = $1 and x.subject = act.subject and act.book_id = any(x.books)
       and x.shown_at <= act.occurred_at and x.shown_at > act.occurred_at - act.span
     order by x.shown_at desc limit 1
  ) shown
 group by act.subject, act.goal, act.book_id, shown.id, shown.place
"""

_EXPOSURES: Final = """
select coalesce(variant, 0) as place, count(*) from experiment_exposure
 where experiment_id = $1 group by 1
"""
_ENTERED: Final = """
select (first at time zone 'utc')::date as day, place, count(*)::int from (
  select coalesce(variant, 0) as place, min(shown_at) as first from experiment_exposure
   where experiment_id = $1 group by subject, 1) entered
 group by 1, 2 order by 1, 2
"""
_ACTS: Final = "select goal, place, count(*) from credited group by 1, 2"
_REACHED: Final = """
select (first at time zone 'utc')::date as day, goal, place, count(*)::int from (
  select goal, place, min(at) as first from credited group by subject, goal, place) reached
 group by 1, 2, 3 order by 1, 2, 3
"""
_PREFERRED: Final = """
select (at at time zone 'utc')::date as day, goal, subject::text,
       (count(*) filter (where place = 0))::int, (count(*) filter (where place = 1))::int
  from credited group by 1, 2, 3 order by 1, 2, 3
"""


async def counts_of(pool: asyncpg.Pool, store: Store, experiment: Experiment) -> Counts:
    """As of one moment. Raises DatabaseUnavailable."""
    kinds = list(GOAL_OF)
    goals: list[Any] = [GOAL_OF[kind] for kind in kinds]
    spans = [WINDOWS[goal] for goal in goals]
    async with transaction_of(pool, "repeatable_read") as connection:
        await connection.execute(
            _CREDITED, experiment.id, store.id, kinds, goals, spans, experiment.started_at
        )
        exposures = await connection.fetch(_EXPOSURES, experiment.id)
        entered = await connection.fetch(_ENTERED, experiment.id)
        acts = await connection.fetch(_ACTS)
        interleaved = experiment.method == "interleaved"
        later = await connection.fetch(_PREFERRED if interleaved else _REACHED)
    return Counts(
        exposures=dict(map(tuple, exposures)),
        acts={(goal, place): count for goal, place, count in acts},
        entered=[Entered(*row) for row in entered],
        reached=() if interleaved else [Reached(*row) for row in later],
        preferred=[Preferred(*row) for row in later] if interleaved else (),
    )
