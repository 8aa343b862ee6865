"""The audit log: one chain of entries a store, which the database only lets grow."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0021-audit"
VERSION = "1.38.0"
DESCRIPTION = "audit log"

# No reference to the reader: the entry outlives the account, and holds no more of it than an id.
STATEMENTS = """
-- seq, digest: of the newest entry; whoever appends locks the row, so a chain has one end.
create table audit_head (
  store_id uuid primary key references store on delete restrict,
  seq bigint not null,
  digest bytea not null
);

create table audit_entry (
  store_id uuid not null references store on delete restrict,
  seq bigint not null,
  at timestamptz not null,
  via text not null check (via in ('session', 'key', 'nobody', 'process')),
  actor_id uuid,
  role text not null,
  credential uuid,
  request_id text not null,
  action text not null,
  subject text not null,
  detail text not null,
  previous bytea not null,
  digest bytea not null,
  primary key (store_id, seq)
);
create index audit_entry_by_action on audit_entry (store_id, action, seq);
create index audit_entry_by_actor on audit_entry (store_id, actor_id, seq);
create index audit_entry_by_subject on audit_entry (store_id, subject, seq);
create index audit_entry_by_time on audit_entry (store_id, at);

create function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is only appended to' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_stays before update or delete on audit_entry
  for each row execute function refuse_change_of_audit();
create trigger audit_entry_is_not_emptied before truncate on audit_entry
  for each statement execute function refuse_change_of_audit();

create function let_audit_head_grow() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.store_id = old.store_id and new.seq in (old.seq, old.seq + 1) then
    return new;
  end if;
  raise exception 'the audit log is only appended to' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_head_grows before update or delete on audit_head
  for each row execute function let_audit_head_grow();
create trigger audit_head_is_not_emptied before truncate on audit_head
  for each statement execute function let_audit_head_grow();
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
