"""What staff tell search: synonyms, rules, and a version a store that grows with each change."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0003-search-rules"
VERSION = "1.38.0"
DESCRIPTION = "synonyms and rules of search"

STATEMENTS = """
create table search_rules_version (
  store_id uuid primary key references store on delete cascade,
  version bigint not null
);

create table synonym_set (
  id uuid primary key,
  store_id uuid not null references store on delete restrict,
  terms text[] not null check (cardinality(terms) between 1 and 8),
  targets text[] not null check (cardinality(targets) between 0 and 8),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index synonym_set_of_store on synonym_set (store_id, id);

create table search_rule (
  id uuid primary key,
  store_id uuid not null references store on delete restrict,
  query text not null,
  query_key text not null,
  match text not null check (match in ('exact', 'words')),
  action text not null check (action in ('pin', 'bury', 'hide')),
  book_id uuid not null references book on delete cascade,
  position smallint check (position between 1 and 100),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint search_rule_pin_has_place check ((action = 'pin') = (position is not null))
);
create index search_rule_of_store on search_rule (store_id, id);
create index search_rule_of_book on search_rule (book_id);
create unique index search_rule_one_for_a_book
  on search_rule (store_id, query_key, match, book_id);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
