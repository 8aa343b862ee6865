"""What many readers ask, to be suggested to others."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0050-popular-queries"
VERSION = "1.38.0"
DESCRIPTION = "popular queries"

STATEMENTS = """
create table popular_query (
  store_id uuid not null references store on delete cascade,
  query text not null,
  readers integer not null check (readers > 0),
  primary key (store_id, query)
);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
