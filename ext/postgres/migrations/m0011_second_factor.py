"""Second factors: the secrets of authenticator apps, sealed, and recovery codes as digests."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0011-second-factor"
VERSION = "1.38.0"
DESCRIPTION = "second factors and recovery codes"

STATEMENTS = """
-- last_step: of the last code that was used, so that none is used again.
create table second_factor (
  reader_id uuid primary key references reader on delete cascade,
  store_id uuid not null references store on delete cascade,
  secret_sealed bytea not null,
  last_step bigint not null default 0,
  confirmed_at timestamptz,
  created_at timestamptz not null default now()
);

-- digest: SHA-256 of the code without its dashes; a code that is used is deleted.
create table recovery_code (
  reader_id uuid not null references reader on delete cascade,
  store_id uuid not null references store on delete cascade,
  digest bytea not null,
  primary key (reader_id, digest)
);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
