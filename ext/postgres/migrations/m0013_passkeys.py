"""Passkeys: their public keys."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0013-passkeys"
VERSION = "1.38.0"
DESCRIPTION = "passkeys"

STATEMENTS = """
-- public_key: COSE_Key (RFC 9053).
create table passkey (
  id uuid primary key,
  store_id uuid not null references store on delete cascade,
  reader_id uuid not null references reader on delete cascade,
  credential_id bytea not null,
  public_key bytea not null,
  sign_count bigint not null,
  name text not null,
  backed_up boolean not null,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  unique (store_id, credential_id)
);
create index passkey_of_reader on passkey (reader_id);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
