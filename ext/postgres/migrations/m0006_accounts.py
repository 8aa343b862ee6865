"""Accounts: failed sign-ins, places that are known, sessions that have ended."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0006-accounts"
VERSION = "1.38.0"
DESCRIPTION = "failed sign-ins, known places, ended sessions"

STATEMENTS = """
-- subject: SHA-256 of an account, an address, or both. refused: the last attempt was.
create table sign_in_attempt (
  store_id uuid not null references store on delete cascade,
  subject bytea not null,
  failures int not null,
  refused boolean not null,
  locked_until timestamptz,
  failed_at timestamptz not null default now(),
  primary key (store_id, subject)
);
create index sign_in_attempt_by_age on sign_in_attempt (failed_at);

-- place: SHA-256 of an account and an address it has signed in from.
create table known_place (
  store_id uuid not null references store on delete cascade,
  place bytea not null,
  seen_at timestamptz not null default now(),
  primary key (store_id, place)
);
create index known_place_by_age on known_place (seen_at);

-- family: of session; kept while an access token of it may be good.
create table ended_session (
  family uuid primary key,
  ended_at timestamptz not null default now()
);
create index ended_session_by_age on ended_session (ended_at);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
