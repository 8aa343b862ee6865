"""Privacy: jobs, exports, consent, erasures and the keys of their receipts."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0030-privacy"
VERSION = "1.38.0"
DESCRIPTION = "jobs, exports of personal data, consent, erasures"

STATEMENTS = """
-- subject: an id that the kind has a meaning for, never a reader's: rows outlive readers.
create table job (
  id uuid primary key,
  kind text not null,
  subject uuid,
  attempts int not null default 0,
  due_at timestamptz not null default now(),
  leased_until timestamptz,
  fault text,
  created_at timestamptz not null default now()
);
create unique index job_once on job (kind, subject) nulls not distinct;
create index job_due on job (due_at);

create table data_export (
  id uuid primary key,
  store_id uuid not null references store on delete cascade,
  reader_id uuid not null unique references reader on delete cascade,
  requested_at timestamptz not null default now(),
  made_at timestamptz,
  size int,
  content_sealed bytea
);
create index data_export_by_age on data_export (requested_at);

-- Only appended to: the newest of a reader and purpose holds. version: of the notice agreed to.
create table consent (
  id uuid primary key,
  store_id uuid not null references store on delete cascade,
  reader_id uuid not null references reader on delete cascade,
  purpose text not null check (purpose in ('analytics')),
  granted boolean not null,
  version text not null,
  recorded_at timestamptz not null default now()
);
create index consent_of_reader on consent (reader_id, purpose, recorded_at desc, id desc);

-- reader_digest: SHA-256 of the reader's id, to find them again in a restored backup.
create table erasure (
  id uuid primary key,
  store_id uuid not null references store on delete cascade,
  reader_digest bytea not null,
  counts jsonb not null,
  erased_at timestamptz not null default now()
);
create index erasure_by_age on erasure (erased_at);

-- Public keys that signed receipts, kept after they have been replaced. x: as in RFC 8037.
create table receipt_key (
  kid text primary key,
  x text not null,
  first_used_at timestamptz not null default now()
);

-- SHA-256 of the account, so that its places can be forgotten with it.
alter table known_place add column account bytea;
create index known_place_of_account on known_place (store_id, account);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
