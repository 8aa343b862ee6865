"""API keys, and which of them are gone: what workers need to know without asking each time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0020-api-keys"
VERSION = "1.38.0"
DESCRIPTION = "API keys"

# The triggers tell workers of changes that other tables bring about: an owner with another role,
# an owner who is deleted.
STATEMENTS = """
-- old_*: what the key was before it was rotated, good until old_until.
create table api_key (
  id uuid primary key,
  store_id uuid not null references store on delete restrict,
  reader_id uuid not null references reader on delete cascade,
  name text not null,
  prefix text not null unique,
  secret_hash bytea not null,
  old_prefix text unique,
  old_hash bytea,
  old_until timestamptz,
  scopes text[] not null check (cardinality(scopes) > 0),
  tier text not null default 'free' check (tier in ('free', 'basic', 'premium')),
  expires_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);
create index api_key_of_reader on api_key (reader_id, id);
create index api_key_by_change on api_key (changed_at);

-- Kept for a day: longer than any worker can go without asking and still serve.
create table gone_api_key (
  id uuid primary key,
  gone_at timestamptz not null default now()
);
create index gone_api_key_by_age on gone_api_key (gone_at);

create function tell_of_gone_api_key() returns trigger language plpgsql as $$
begin
  insert into gone_api_key (id) values (old.id) on conflict do nothing;
  return null;
end $$;
create trigger api_key_gone after delete on api_key
  for each row execute function tell_of_gone_api_key();

create function tell_of_other_role() returns trigger language plpgsql as $$
begin
  update api_key set changed_at = now() where reader_id = new.id;
  return null;
end $$;
create trigger reader_role_changed after update of role on reader
  for each row when (old.role is distinct from new.role) execute function tell_of_other_role();
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
