"""Who somebody is at other providers."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0012-identities"
VERSION = "1.38.0"
DESCRIPTION = "identities at other providers"

STATEMENTS = """
create table external_identity (
  store_id uuid not null references store on delete cascade,
  issuer text not null,
  subject text not null,
  reader_id uuid not null references reader on delete cascade,
  created_at timestamptz not null default now(),
  primary key (store_id, issuer, subject)
);
create index external_identity_of_reader on external_identity (reader_id);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
