"""Letters that wait, secrets of one use, and which addresses are proved."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0010-mail"
VERSION = "1.38.0"
DESCRIPTION = "letters that wait, secrets of one use, proved addresses"

STATEMENTS = """
alter table reader add column email_verified_at timestamptz;

-- A letter is named by its kind and whom it is for; it is written, and its link made, when it
-- leaves. recipient: as somebody typed it; there need not be such an account.
create table waiting_letter (
  id uuid primary key,
  store_id uuid not null references store on delete cascade,
  kind text not null,
  recipient text not null,
  tries int not null default 0,
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  why text,
  given_up_at timestamptz
);
create unique index waiting_letter_once on waiting_letter (store_id, kind, lower(recipient))
  where given_up_at is null;
create index waiting_letter_due on waiting_letter (due_at) where given_up_at is null;
create index waiting_letter_given_up on waiting_letter (given_up_at)
  where given_up_at is not null;

-- digest: SHA-256 of what was handed out. A row is deleted when its secret is used.
create table one_time_secret (
  digest bytea primary key,
  store_id uuid not null references store on delete cascade,
  reader_id uuid references reader on delete cascade,
  purpose text not null,
  content jsonb,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index one_time_secret_of_reader on one_time_secret (reader_id, purpose)
  where reader_id is not null;
create index one_time_secret_by_age on one_time_secret (expires_at);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
