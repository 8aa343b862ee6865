"""What Piccolo cannot say: checks, composite keys, partial and expression indexes, the outbox."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from ext.postgres.engine import run_script

ID = "0002-rules"
VERSION = "1.38.0"
DESCRIPTION = "join tables, outbox, checks and indexes"

STATEMENTS = """
alter table store
  add constraint store_slug_form check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  add constraint store_currency_form check (currency ~ '^[A-Z]{3}$'),
  add constraint store_host_lower check (host = lower(host));

create unique index author_by_name on author (store_id, name);
create unique index category_by_name on category (store_id, name);
create unique index publisher_by_name on publisher (store_id, name);
create unique index series_by_name on series (store_id, name);

create table book_author (
  book_id uuid not null references book on delete cascade,
  author_id uuid not null references author on delete restrict,
  position smallint not null default 0,
  primary key (book_id, author_id)
);
create index book_author_by_author on book_author (author_id);

create table book_category (
  book_id uuid not null references book on delete cascade,
  category_id uuid not null references category on delete restrict,
  position smallint not null default 0,
  primary key (book_id, category_id)
);
create index book_category_by_category on book_category (category_id);

alter table book
  add constraint book_price_not_negative check (price_minor >= 0),
  add constraint book_stock_not_negative check (stock >= 0),
  add constraint book_pages_positive check (pages > 0),
  add constraint book_status_known
    check (status in ('available', 'preorder', 'out_of_print', 'hidden')),
  add constraint book_isbn_form check (isbn ~ '^97[89][0-9]{10}$'),
  add constraint book_imported_rating_in_range
    check (imported_rating_average between 0 and 5 and imported_rating_count >= 0),
  add constraint book_reviews_in_range
    check (review_count >= 0 and review_total between review_count and 5 * review_count);
create unique index book_by_isbn on book (store_id, isbn) where isbn is not null;
create unique index book_by_external_id on book (store_id, external_id)
  where external_id is not null;

alter table reader
  add constraint reader_role_known check (role in ('reader', 'staff', 'admin'));
create unique index reader_by_email on reader (store_id, lower(email)) where email is not null;
create unique index reader_by_external_id on reader (store_id, external_id)
  where external_id is not null;

alter table review
  add constraint review_rating_in_range check (rating between 1 and 5);
create unique index review_one_per_reader on review (book_id, reader_id);
create index review_newest on review (book_id, created_at desc, id desc);

alter table interaction
  add constraint interaction_kind_known
    check (kind in ('rating', 'purchase', 'book_view', 'add_to_cart', 'search_click')),
  add constraint interaction_rating_in_range
    check (kind <> 'rating' or (value is not null and value between 1 and 5)),
  add constraint interaction_quantity_positive check (quantity > 0);
create index interaction_of_reader on interaction (reader_id, occurred_at desc);
create index interaction_of_kind on interaction (store_id, kind, occurred_at);

create table outbox (
  seq bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  store_id uuid not null,
  entity text not null
    check (entity in ('book', 'author', 'category', 'publisher', 'series', 'store')),
  entity_id uuid not null,
  created_at timestamptz not null default now()
);
create index outbox_by_transaction on outbox (xid, seq);
create index outbox_by_age on outbox (created_at);

-- One row: the highest transaction whose events have been forgotten.
create table outbox_trimmed (
  only_row boolean primary key default true check (only_row),
  xid xid8 not null
);
insert into outbox_trimmed (xid) values ('0');
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="bookwheel", description=DESCRIPTION)

    async def run() -> None:
        await run_script(STATEMENTS)

    manager.add_raw(run)
    return manager
