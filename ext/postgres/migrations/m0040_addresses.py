"""Letters to an address that is not the account's, and identities that can be named."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0040-addresses"
VERSION = "1.38.0"
DESCRIPTION = "letters to other addresses, names of identities"

STATEMENTS = """
-- reader_id: whom it is for where the recipient is no address of theirs: not yet, or no longer.
alter table waiting_letter add column reader_id uuid references reader on delete cascade;
create index waiting_letter_of_reader on waiting_letter (reader_id) where reader_id is not null;

alter table external_identity add column id uuid not null default gen_random_uuid();
create unique index external_identity_by_id on external_identity (id);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
