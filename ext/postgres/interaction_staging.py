"""The statements of `load_interactions`: stage, match, compare, write. $1 is the store's id."""

STAGING = """
create temp table staged_interaction (
  line int not null, id text, reader text, book text, isbn text, kind text, value real,
  quantity int, occurred_at text
) on commit drop
"""

ANALYZE = "analyze staged_interaction"

# The rows with the book they speak of; an external id goes before an ISBN.
MATCH_BOOKS = """
create temp table placed_interaction on commit drop as
select s.line, s.id, s.reader, coalesce(e.id, i.id) as book_id, s.book, s.isbn, s.kind, s.value,
       coalesce(s.quantity, 1) as quantity, nullif(s.occurred_at, '')::timestamptz as occurred_at
  from staged_interaction s
  left join book e on e.store_id = '{store}' and e.external_id = s.book
  left join book i on i.store_id = '{store}' and i.isbn = s.isbn
"""

UNKNOWN_BOOKS = """
delete from placed_interaction where book_id is null
returning line, coalesce(nullif(book, ''), isbn) as identity,
  format('no book of the store is %L', coalesce(nullif(book, ''), isbn)) as reason
"""

MISSING_READERS = """
select p.reader from (select distinct reader from placed_interaction) p
 where not exists (select from reader r where r.store_id = $1 and r.external_id = p.reader)
"""

MAKE_READERS = """
insert into reader (id, store_id, external_id, display_name)
select n.id, $1, n.external_id, 'Reader ' || left(split_part(n.external_id, ':', -1), 40)
  from unnest($2::uuid[], $3::text[]) n (id, external_id)
"""

# The id follows from what the row says, so that the same row is found again: the source's own id,
# or reader, book, kind and, where it is told, the time. Its shape is that of a UUIDv7: 48 bits of
# milliseconds (0 without a time), version 7, then 74 bits of a digest.
IDENTIFY = """
create temp table loaded_interaction on commit drop as
select m.line, m.reader_id, m.book_id, m.kind, m.value, m.quantity, m.occurred_at,
       (lpad(to_hex(coalesce((extract(epoch from m.occurred_at) * 1000)::bigint, 0)), 12, '0')
        || '7' || substr(m.digest, 1, 3)
        || substr('89ab', ('x' || substr(m.digest, 4, 1))::bit(4)::int % 4 + 1, 1)
        || substr(m.digest, 5, 15))::uuid as id,
       ('x' || substr(m.digest, 21, 8))::bit(32)::bigint::double precision / 4294967296 as fraction
  from (select p.*, r.id as reader_id,
               md5(concat_ws('|', '{store}', case when p.id <> '' then p.id else
                 concat_ws('|', r.id, p.book_id, p.kind, extract(epoch from p.occurred_at))
               end)) as digest
          from placed_interaction p
          join reader r on r.store_id = '{store}' and r.external_id = p.reader) m
"""

REPEATED = """
delete from loaded_interaction l using
  (select id, max(line) as last from loaded_interaction group by id having count(*) > 1) again
 where l.id = again.id and l.line < again.last
returning l.line, l.book_id::text as identity,
  format('line %s says the same again, and the last one counts', again.last) as reason
"""

_SAME = """
(i.value is not distinct from l.value and i.quantity = l.quantity
 and i.occurred_at = coalesce(l.occurred_at, i.occurred_at))
"""

COUNT = f"""
select count(*) filter (where i.id is null) as added,
       count(*) filter (where i.id is not null and not {_SAME}) as changed,
       count(*) filter (where i.id is not null and {_SAME}) as unchanged
  from loaded_interaction l left join interaction i on i.id = l.id
"""

CHANGE = f"""
update interaction i set value = l.value, quantity = l.quantity,
       occurred_at = coalesce(l.occurred_at, i.occurred_at)
  from loaded_interaction l where i.id = l.id and not {_SAME}
"""

ADD = """
insert into interaction (id, store_id, reader_id, book_id, kind, value, quantity, occurred_at)
select l.id, $1, l.reader_id, l.book_id, l.kind, l.value, l.quantity,
       coalesce(l.occurred_at, now() - l.fraction * {spread_days} * interval '1 day')
  from loaded_interaction l
 where not exists (select from interaction i where i.id = l.id)
 order by l.reader_id
"""
