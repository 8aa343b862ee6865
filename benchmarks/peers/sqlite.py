"""SQLite's FTS5 in the process, a file mapped into memory; it has no way with slips.

Weighted bm25(); counts of facets by three statements over a temporary table of the matches.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.peers.shelf import SIZE, Entry, Found, Truth

NAME = "SQLite, FTS5"
TABLES = """
create virtual table text using fts5(title, rest, content='', tokenize='ascii');
create table shelf (language text, availability text, shown text);
create table category (book integer, category text);
create index category_book on category (book);
"""
FIND = """
select shown from text join shelf on shelf.rowid = text.rowid where text match ?
order by bm25(text, 3.0, 1.0) limit ?
"""
COUNT = "select count(*) from text where text match ?"
_BY = "select {0}, count(*) from {1} join found on {1}.{2} = found.id group by 1"
FACETS = {
    "category": _BY.format("category", "category", "book"),
    "language": _BY.format("language", "shelf", "rowid"),
    "availability": _BY.format("availability", "shelf", "rowid"),
}


class Peer:
    mistyped = None

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("create temp table found (id integer primary key)")

    def find(self, q: str) -> Found:
        query = " AND ".join(f'"{term}"' for term in q.split())
        (count,) = self._connection.execute(COUNT, (query,)).fetchone()
        rows = self._connection.execute(FIND, (query, SIZE)).fetchall()
        return Found(count, [msgspec.json.decode(row[0]) for row in rows])

    def faceted(self, q: str) -> Found:
        page = self.find(q)
        query = " AND ".join(f'"{term}"' for term in q.split())
        self._connection.execute("delete from found")
        self._connection.execute(
            "insert into found select rowid from text where text match ?", (query,)
        )
        page.facets = {
            name: {value: count for value, count in self._connection.execute(sql) if value}
            for name, sql in FACETS.items()
        }
        return page


@contextmanager
def opened(entries: list[Entry], truth: Truth) -> Iterator[Peer]:
    with tempfile.TemporaryDirectory(prefix="bookwheel-peer-") as folder:
        connection = sqlite3.connect(Path(folder) / "shelf.db", isolation_level=None)
        connection.executescript(f"pragma mmap_size = {1 << 30};{TABLES}begin")
        for row, each in enumerate(entries, 1):
            connection.execute(
                "insert into text(rowid, title, rest) values (?, ?, ?)",
                (row, each.title, each.rest),
            )
            shown = msgspec.json.encode(each.shown).decode()
            connection.execute(
                "insert into shelf values (?, ?, ?)", (each.language, each.availability, shown)
            )
            connection.executemany(
                "insert into category values (?, ?)", [(row, name) for name in each.category]
            )
        connection.execute("commit")
        connection.execute("insert into text(text) values ('optimize')")
        connection.execute("analyze")
        yield Peer(connection)
        connection.close()
