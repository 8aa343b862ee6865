"""When each session began: renewing must not carry it past its last day."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0022-session-began"
VERSION = "1.38.0"
DESCRIPTION = "when a session began"

# Workers of the release before add rows without it: theirs begin when they are added.
STATEMENTS = """
alter table session add column began_at timestamptz not null default now();
update session set began_at = family_of.began_at
from (select family, min(created_at) as began_at from session group by family) family_of
where session.family = family_of.family;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
