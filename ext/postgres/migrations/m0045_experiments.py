"""Experiments: what is tried, and who was shown what by it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0045-experiments"
VERSION = "1.38.0"
DESCRIPTION = "experiments and their exposures"

STATEMENTS = """
create table experiment (
  id uuid primary key,
  store_id uuid not null references store on delete restrict,
  name text not null,
  surface text not null check (surface in ('recommended', 'search')),
  method text not null check (method in ('split', 'interleaved')),
  goal text not null check (goal in ('click', 'cart', 'purchase')),
  traffic double precision not null check (traffic > 0 and traffic <= 1),
  variants jsonb not null,
  started_at timestamptz not null default now(),
  stopped_at timestamptz
);
create unique index experiment_by_name on experiment (store_id, name);
create unique index experiment_one_runs on experiment (store_id, surface)
  where stopped_at is null;

-- subject: the reader, or the id by which a visitor goes. variant: null where lists were
-- interleaved; teams: of each book then.
create table experiment_exposure (
  id uuid primary key,
  experiment_id uuid not null references experiment on delete cascade,
  variant smallint,
  subject uuid not null,
  reader_id uuid references reader on delete cascade check (reader_id = subject),
  books uuid[] not null,
  teams smallint[] check (cardinality(teams) = cardinality(books)),
  shown_at timestamptz not null,
  check ((variant is null) = (teams is not null))
);
create index experiment_exposure_of_subject
  on experiment_exposure (experiment_id, subject, shown_at);
create index experiment_exposure_of_reader on experiment_exposure (reader_id);
create index experiment_exposure_by_age on experiment_exposure (shown_at);

-- Only of events about books, and only while an experiment runs.
alter table event add column visitor_id uuid;
create index event_of_visitor on event (visitor_id, occurred_at) where visitor_id is not null;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
