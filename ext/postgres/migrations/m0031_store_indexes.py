"""Indexes for references to the store, which a store that is removed asks by."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0031-store-indexes"
VERSION = "1.38.0"
DESCRIPTION = "indexes of references to stores"

# Every one that lacks it, also of tables that other migrations made before.
STATEMENTS = """
do $$
declare
  one record;
begin
  for one in
    select conrelid::regclass as held_by, attname as name
    from pg_constraint
    join pg_attribute on attrelid = conrelid and attnum = conkey[1]
    where contype = 'f' and confrelid = 'store'::regclass
      and not exists (
        select from pg_index where indrelid = conrelid and indkey[0] = conkey[1])
  loop
    execute format('create index on %s (%I)', one.held_by, one.name);
  end loop;
end $$;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
