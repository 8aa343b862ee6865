"""A catalogue into the database: COPY into a staging table, then set by set, all or nothing."""

import time
from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

import asyncpg

from core.importing.books import ImportedBook, Rejection
from core.importing.summary import ImportSummary
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.postgres.pool import transaction_of

Progress = Callable[[str, int], None]
"""Called with what is being done and how many rows of it are done so far."""

BATCH_ROWS = 5_000
# Far above anything seen: the pool's own limit is meant for requests.
STATEMENT_SECONDS = 3_600.0

_STAGED = (
    "line book_id external_id isbn title subtitle description language pages published "
    "published_year price_minor price_given stock stock_given status publisher series "
    "series_position cover_url imported_rating_average imported_rating_count content_hash "
    "authors categories"
).split()

_STAGING = """
create temp table staged_book (
  line int not null, book_id uuid not null, external_id text, isbn text, title text,
  subtitle text, description text, language text, pages int, published text,
  published_year smallint, price_minor int, price_given bool, stock int, stock_given bool,
  status text, publisher text, series text, series_position real, cover_url text,
  imported_rating_average real, imported_rating_count int, content_hash bytea,
  authors text[], categories text[],
  known bool not null default false, unchanged bool not null default false
) on commit drop
"""

# The external id first; an ISBN finds a book that has no external id of its own, or has to
# serve where the file has none.
_MATCH = (
    """
    update staged_book s
       set book_id = b.id, known = true, unchanged = b.content_hash is not distinct from s.content_hash
      from book b
     where b.store_id = $1 and b.external_id = s.external_id
    """,
    """
    update staged_book s
       set book_id = b.id, known = true, unchanged = b.content_hash is not distinct from s.content_hash
      from book b
     where not s.known and b.store_id = $1 and b.isbn = s.isbn
       and (s.external_id is null or b.external_id is null)
    """,
)

_REFUSE = (
    """
    delete from staged_book s using staged_book f
     where s.known and f.known and f.book_id = s.book_id and f.line < s.line
    returning s.line, coalesce(s.external_id, s.isbn) as identity, s.title,
      format('it is the same book as line %s', f.line) as reason
    """,
    """
    delete from staged_book s using book b
     where not s.unchanged and b.store_id = $1 and b.isbn = s.isbn and b.id <> s.book_id
    returning s.line, coalesce(s.external_id, s.isbn) as identity, s.title,
      format('ISBN %s is that of %L (%s) in the store', s.isbn, left(b.title, 60),
             coalesce(b.external_id, b.id::text)) as reason
    """,
)

_WRITE = (
    # In id order: two writers of the same books must not deadlock.
    """
    select from book where id in (select book_id from staged_book where known and not unchanged)
     order by id for update
    """,
    """
    update book set
      external_id = coalesce(s.external_id, book.external_id), isbn = s.isbn, title = s.title,
      subtitle = s.subtitle, description = s.description, language = s.language, pages = s.pages,
      published = s.published, published_year = s.published_year,
      price_minor = case when s.price_given then s.price_minor else book.price_minor end,
      stock = case when s.stock_given then s.stock else book.stock end, status = s.status,
      publisher_id = p.id, series_id = e.id, series_position = s.series_position,
      cover_url = s.cover_url, imported_rating_average = s.imported_rating_average,
      imported_rating_count = s.imported_rating_count, content_hash = s.content_hash,
      version = book.version + 1, updated_at = now()
     from staged_book s
     left join publisher p on p.store_id = $1 and p.name = s.publisher
     left join series e on e.store_id = $1 and e.name = s.series
    where book.id = s.book_id and s.known and not s.unchanged
    """,
    """
    insert into book (id, store_id, external_id, isbn, title, subtitle, description, language,
      pages, published, published_year, price_minor, stock, status, publisher_id, series_id,
      series_position, cover_url, imported_rating_average, imported_rating_count, content_hash)
    select s.book_id, $1, s.external_id, s.isbn, s.title, s.subtitle, s.description, s.language,
      s.pages, s.published, s.published_year, s.price_minor, s.stock, s.status, p.id, e.id,
      s.series_position, s.cover_url, s.imported_rating_average, s.imported_rating_count,
      s.content_hash
      from staged_book s
      left join publisher p on p.store_id = $1 and p.name = s.publisher
      left join series e on e.store_id = $1 and e.name = s.series
     where not s.known order by s.line
    """,
    """
    delete from book_author a using staged_book s
     where a.book_id = s.book_id and s.known and not s.unchanged
    """,
    """
    delete from book_category c using staged_book s
     where c.book_id = s.book_id and s.known and not s.unchanged
    """,
    """
    insert into book_author (book_id, author_id, position)
    select s.book_id, a.id, n.position - 1
      from staged_book s, unnest(s.authors) with ordinality n (name, position)
      join author a on a.store_id = $1 and a.name = n.name
     where not s.unchanged
    """,
    """
    insert into book_category (book_id, category_id, position)
    select s.book_id, c.id, n.position - 1
      from staged_book s, unnest(s.categories) with ordinality n (name, position)
      join category c on c.store_id = $1 and c.name = n.name
     where not s.unchanged
    """,
    """
    insert into outbox (store_id, entity, entity_id)
    select $1, 'book', book_id from staged_book where not unchanged order by line
    """,
)

_NAMES = {
    "author": "unnest(authors)",
    "category": "unnest(categories)",
    "publisher": "publisher",
    "series": "series",
}


async def load_books(
    pool: asyncpg.Pool,
    store: Store,
    rows: Iterable[ImportedBook | Rejection],
    *,
    refused: Callable[[Rejection], None] = lambda rejection: None,
    progress: Progress = lambda doing, rows: None,
) -> ImportSummary:
    """Add and change the books of `rows` in one transaction, with an outbox row for each.

    A book whose `content_hash` is the stored one is left alone, and so are price and stock that
    the file does not tell. refused: called for every row that stays out. Raises
    DatabaseUnavailable, and whatever `rows` raises; then nothing has changed.
    """
    started = time.perf_counter()
    rejections = _Counted(refused)
    async with transaction_of(pool) as connection:
        await lock_imports(connection, store)
        await connection.execute(_STAGING)
        staged = await _stage(connection, rows, rejections, progress)
        progress("comparing with the store", staged)
        await run(connection, "analyze staged_book")
        await _match(connection, store, rejections)
        counts = await connection.fetchrow(
            """
            select count(*) filter (where not known) as added,
                   count(*) filter (where known and not unchanged) as changed,
                   count(*) filter (where unchanged) as unchanged
              from staged_book
            """
        )
        progress("writing", counts["added"] + counts["changed"])
        await _name(connection, store)
        for statement in _WRITE:
            await run(connection, statement, store.id)
    return ImportSummary(
        read=sum(counts) + rejections.count,
        added=counts["added"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        rejected=rejections.count,
        seconds=time.perf_counter() - started,
    )


async def lock_imports(connection: asyncpg.Connection, store: Store) -> None:
    """Imports into one store go one after the other; the lock ends with the transaction."""
    key = int.from_bytes(store.id.bytes[-8:], "big", signed=True)
    await connection.execute("select pg_advisory_xact_lock($1)", key, timeout=STATEMENT_SECONDS)


async def run(connection: asyncpg.Connection, statement: str, *values: UUID) -> None:
    """Execute one statement of bulk work; values beyond its parameters are not sent."""
    wanted = values if "$1" in statement else ()
    await connection.execute(statement, *wanted, timeout=STATEMENT_SECONDS)


class _Counted:
    def __init__(self, told: Callable[[Rejection], None]) -> None:
        self.count = 0
        self._told = told

    def __call__(self, rejection: Rejection) -> None:
        self.count += 1
        self._told(rejection)


async def _stage(
    connection: asyncpg.Connection,
    rows: Iterable[ImportedBook | Rejection],
    refused: Callable[[Rejection], None],
    progress: Progress,
) -> int:
    staged = 0
    batch: list[tuple[object, ...]] = []
    for row in rows:
        if isinstance(row, Rejection):
            refused(row)
        else:
            batch.append(_record(row))
        if len(batch) == BATCH_ROWS:
            staged += await _copy(connection, batch)
            progress("reading", staged)
            batch = []
    return staged + await _copy(connection, batch)


async def _copy(connection: asyncpg.Connection, batch: list[tuple[object, ...]]) -> int:
    await connection.copy_records_to_table(
        "staged_book", records=batch, columns=_STAGED, timeout=STATEMENT_SECONDS
    )
    return len(batch)


def _record(book: ImportedBook) -> tuple[object, ...]:
    return (
        book.line,
        new_id(),
        book.external_id,
        book.isbn,
        book.title,
        book.subtitle,
        book.description,
        book.language,
        book.pages,
        book.published,
        book.published_year,
        book.price_minor,
        book.price_given,
        book.stock,
        book.stock_given,
        book.status,
        book.publisher,
        book.series,
        book.series_position,
        book.cover_url,
        book.rating_average,
        book.rating_count,
        book.content_hash(),
        book.authors,
        book.categories,
    )


async def _match(
    connection: asyncpg.Connection, store: Store, refused: Callable[[Rejection], None]
) -> None:
    for statement in _MATCH:
        await run(connection, statement, store.id)
    for statement in _REFUSE:
        wanted = (store.id,) if "$1" in statement else ()
        gone = await connection.fetch(statement, *wanted, timeout=STATEMENT_SECONDS)
        for row in _first_of_each_line(gone):
            refused(Rejection(row["line"], row["reason"], row["identity"][:80], row["title"][:80]))


def _first_of_each_line(rows: list[asyncpg.Record]) -> Iterator[asyncpg.Record]:
    seen: set[int] = set()
    for row in sorted(rows, key=lambda row: row["line"]):
        if row["line"] not in seen:
            seen.add(row["line"])
            yield row


async def _name(connection: asyncpg.Connection, store: Store) -> None:
    """Make the authors, categories, publishers and series that are not there yet."""
    for table, names in _NAMES.items():
        missing = await connection.fetch(
            f"""
            select name from (select distinct {names} as name from staged_book where not unchanged)
             where name is not null
               and not exists (select from {table} t where t.store_id = $1 and t.name = name)
            """,  # noqa: S608 - both names come from the table above
            store.id,
            timeout=STATEMENT_SECONDS,
        )
