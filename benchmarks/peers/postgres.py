"""PostgreSQL's full text with pg_trgm for slips, the embedded server, over one connection.

A weighted tsvector under GIN; counts of facets by one statement over the matches; a word that no
book holds is put right by the nearest words of a table of all words under a trigram index, as
pg_trgm's manual says; and beside it the shorter way, titles under a trigram index.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from benchmarks.peers.shelf import SIZE, Entry, Found, Truth
from ext.embedded_postgres import EmbeddedPostgres

NAME = "PostgreSQL, full text and pg_trgm"
TABLES = """
create extension if not exists pg_trgm;
create table shelf (id text primary key, title text, words tsvector, category text[], language text,
  availability text, shown jsonb);
create table word (word text primary key, books int);
"""
INDEXES = """
create index on shelf using gin (words);
create index on shelf using gin (title gin_trgm_ops);
create index on word using gin (word gin_trgm_ops);
analyze shelf; analyze word;
"""
FIND = """
select shown, count(*) over () from shelf where words @@ $1::tsquery
order by ts_rank_cd(words, $1::tsquery) desc, id limit $2
"""
FACETED = """
with found as materialized (select * from shelf where words @@ $1::tsquery),
best as (select shown, ts_rank_cd(words, $1::tsquery) as rank, id from found
  order by rank desc, id limit $2)
select 'results' as kind, '' as value, 0 as n, shown from best
union all select 'count', '', count(*), null from found
union all select 'category', c, count(*), null from found, unnest(category) c group by c
union all select 'language', language, count(*), null from found group by language
union all select 'availability', availability, count(*), null from found group by availability
"""
RANKS = {
    f"{function}{of_length}": f"{function}(words, $1::tsquery{normalised})"
    for function in ("ts_rank", "ts_rank_cd")
    for of_length, normalised in (("", ""), (", length", ", 2"))
}
"""Ways to order: by how often or how close together words stand, divided by the text's length."""
MEANT = """
select id from shelf where words @@ $1::tsquery
order by words @@ $2::tsquery desc, {rank} desc, id limit $3
"""
ALIKE = """
select shown, count(*) over () from shelf where title % $1
order by similarity(title, $1) desc, id limit $2
"""
KNOWN = "select word from word where word = any($1)"
NEAR = """
select word from word where word % $1 order by similarity(word, $1) desc, books desc limit 3
"""


class Peer:
    def __init__(self, connection: asyncpg.Connection, runner: asyncio.Runner) -> None:
        self._connection = connection
        self._runner = runner

    def find(self, q: str) -> Found:
        return self._runner.run(self._find(" & ".join(map(_quoted, q.split()))))

    def faceted(self, q: str) -> Found:
        return self._runner.run(self._faceted(" & ".join(map(_quoted, q.split()))))

    def mistyped(self, q: str) -> Found:
        return self._runner.run(self._mistyped(q))

    async def _find(self, query: str) -> Found:
        rows = await self._connection.fetch(FIND, query, SIZE)
        return Found(rows[0][1] if rows else 0, [_decoded(row[0]) for row in rows])

    async def _faceted(self, query: str) -> Found:
        found = Found(0, [], {"category": {}, "language": {}, "availability": {}})
        for kind, value, number, shown in await self._connection.fetch(FACETED, query, SIZE):
            if kind == "results":
                found.results.append(_decoded(shown))
            elif kind == "count":
                found.count = number
            elif value:
                found.facets[kind][value] = number
        return found

    def meant(self, terms: list[str], rank: str) -> list[str]:
        """Ids of the best books, those that hold all words first."""
        return self._runner.run(self._meant(terms, rank))

    def alike(self, q: str) -> Found:
        """Books whose title is like the question by its trigrams, words aside."""
        rows = self._runner.run(self._connection.fetch(ALIKE, q, SIZE))
        return Found(rows[0][1] if rows else 0, [_decoded(row[0]) for row in rows])

    async def _meant(self, terms: list[str], rank: str) -> list[str]:
        parts = await self._near(terms)
        some, every = " | ".join(parts), " & ".join(parts)
        rows = await self._connection.fetch(MEANT.format(rank=RANKS[rank]), some, every, SIZE)
        return [row[0] for row in rows]

    async def _mistyped(self, q: str) -> Found:
        return await self._find(" & ".join(await self._near(q.split())))

    async def _near(self, terms: list[str]) -> list[str]:
        """Of each word, itself or the words that are nearest to it."""
        known = {row[0] for row in await self._connection.fetch(KNOWN, terms)}
        parts = []
        for term in terms:
            near = [term]
            if term not in known:
                near = [row[0] for row in await self._connection.fetch(NEAR, term)] or near
            parts.append(f"({' | '.join(map(_quoted, near))})")
        return parts


@contextmanager
def opened(entries: list[Entry], truth: Truth) -> Iterator[Peer]:
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-peer-"))
    folder.chmod(0o755)  # a root's PostgreSQL runs as nobody
    server = EmbeddedPostgres(folder / "pg", "peers")
    try:
        with asyncio.Runner() as runner:
            connection = runner.run(asyncpg.connect(server.start()))
            runner.run(_filled(connection, entries, truth))
            yield Peer(connection, runner)
            runner.run(connection.close())
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _filled(connection: asyncpg.Connection, entries: list[Entry], truth: Truth) -> None:
    await connection.execute(TABLES)
    rows = [
        (
            each.id, each.title, each.rest, list(each.category), each.language,
            each.availability, msgspec.json.encode(each.shown).decode(),
        )
        for each in entries
    ]  # fmt: skip
    await connection.executemany(
        "insert into shelf values ($1, $2, setweight(to_tsvector('simple', $2), 'A') || "
        "to_tsvector('simple', $3), $4, $5, $6, $7)",
        rows,
    )
    await connection.copy_records_to_table("word", records=list(truth.words()))
    await connection.execute(INDEXES)


def _quoted(term: str) -> str:
    return "'" + term.replace("'", "''") + "'"


def _decoded(shown: str) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(shown)
    return decoded
