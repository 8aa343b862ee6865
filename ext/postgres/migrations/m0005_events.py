"""Events that no reader's history holds: a table by month, only ever appended to."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0005-events"
VERSION = "1.38.0"
DESCRIPTION = "events of visitors, partitioned by month"

# No reference to the book: the event outlives it. The month is part of the key because
# PostgreSQL wants it there; an event tells its own time, so the same one meets itself again.
STATEMENTS = """
create table event (
  id uuid not null,
  store_id uuid not null references store on delete restrict,
  reader_id uuid references reader on delete cascade,
  book_id uuid,
  kind text not null check (kind in
    ('book_view', 'search', 'search_click', 'add_to_cart', 'purchase', 'review', 'page_view')),
  query text,
  path text,
  rating smallint check (rating between 1 and 5),
  quantity integer not null default 1 check (quantity > 0),
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  primary key (id, occurred_at)
) partition by range (occurred_at);
create index event_of_kind on event (store_id, kind, occurred_at);
create index event_of_reader on event (reader_id) where reader_id is not null;

-- Takes what falls into a month that nobody prepared; empty otherwise.
create table event_other partition of event default;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
