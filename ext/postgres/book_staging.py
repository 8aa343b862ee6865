"""The statements of `loading.load_books`: stage, match, refuse, write. $1 is the store's id."""

STAGED = (
    "line book_id external_id isbn title subtitle description language pages published "
    "published_year price_minor price_given stock stock_given status publisher series "
    "series_position cover_url imported_rating_average imported_rating_count content_hash "
    "authors categories"
).split()

STAGING = """
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
MATCH = (
    """
    update staged_book s
       set book_id = b.id, known = true,
           unchanged = b.content_hash is not distinct from s.content_hash
      from book b
     where b.store_id = $1 and b.external_id = s.external_id
    """,
    """
    update staged_book s
       set book_id = b.id, known = true,
           unchanged = b.content_hash is not distinct from s.content_hash
      from book b
     where not s.known and b.store_id = $1 and b.isbn = s.isbn
       and (s.external_id is null or b.external_id is null)
    """,
)

REFUSE = (
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

WRITE = (
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

COUNT = """
select count(*) filter (where not known) as added,
       count(*) filter (where known and not unchanged) as changed,
       count(*) filter (where unchanged) as unchanged
  from staged_book
"""

ANALYZE = "analyze book, book_author, book_category, author, category, publisher, series"

# table → the names that the books to be written use but nobody has made yet
_MISSING = """
select n.name from (select distinct {names} as name from staged_book where not unchanged) n
 where n.name is not null
   and not exists (select from {table} t where t.store_id = $1 and t.name = n.name)
 order by n.name
"""
_MAKE = """
insert into {table} (id, store_id, name)
select n.id, $1, n.name from unnest($2::uuid[], $3::text[]) n (id, name)
    on conflict (store_id, name) do nothing
"""
NAMES = tuple(
    (_MISSING.format(table=table, names=names), _MAKE.format(table=table))
    for table, names in (
        ("author", "unnest(authors)"),
        ("category", "unnest(categories)"),
        ("publisher", "publisher"),
        ("series", "series"),
    )
)
