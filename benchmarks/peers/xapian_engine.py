"""Xapian in the process (Debian's python3-xapian): BM25, value spies, its own corrections."""

import importlib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.peers.shelf import FACETS, SIZE, Entry, Found, Truth

NAME = "Xapian"
DEBIAN = "/usr/lib/python3/dist-packages"
EVERYTHING = 1_000_000
BETWEEN = "\x1f"


class Absent(Exception):
    """Xapian is not here; the message says what to install."""


class Peer:
    def __init__(self, xapian: Any, database: Any) -> None:
        self._xapian = xapian
        self._database = database

    def find(self, q: str) -> Found:
        return self._asked(q.split(), facets=False)

    def faceted(self, q: str) -> Found:
        return self._asked(q.split(), facets=True)

    def mistyped(self, q: str) -> Found:
        terms = [
            term
            if self._database.term_exists(term)
            else (self._database.get_spelling_suggestion(term, 2).decode() or term)
            for term in q.split()
        ]
        return self._asked(terms, facets=False)

    def _asked(self, terms: list[str], *, facets: bool) -> Found:
        enquire = self._xapian.Enquire(self._database)
        enquire.set_query(self._xapian.Query(self._xapian.Query.OP_AND, terms))
        spies = [self._xapian.ValueCountMatchSpy(slot) for slot in range(len(FACETS))]
        for spy in spies if facets else ():
            enquire.add_matchspy(spy)
        matches = enquire.get_mset(0, SIZE, EVERYTHING)
        found = Found(
            matches.get_matches_estimated(),
            [msgspec.json.decode(match.document.get_data()) for match in matches],
        )
        if facets:
            found.facets = {name: _counted(spy) for name, spy in zip(FACETS, spies, strict=True)}
        return found


def _counted(spy: Any) -> dict[str, int]:
    """A book of several categories has them in one value."""
    counts: dict[str, int] = {}
    for item in spy.values():
        for value in item.term.decode().split(BETWEEN):
            if value:
                counts[value] = counts.get(value, 0) + item.termfreq
    return counts


@contextmanager
def opened(entries: list[Entry], truth: Truth) -> Iterator[Peer]:
    """Raises Absent."""
    xapian = _imported()
    with tempfile.TemporaryDirectory(prefix="bookwheel-peer-") as folder:
        path = str(Path(folder) / "shelf")
        writing = xapian.WritableDatabase(path, xapian.DB_CREATE_OR_OPEN)
        for each in entries:
            document = xapian.Document()
            for term in each.title.split():
                document.add_term(term, 3)  # three times: a title's words weigh three times
            for term in each.rest.split():
                document.add_term(term)
            for slot, name in enumerate(FACETS):
                document.add_value(slot, BETWEEN.join(each.facet(name)))
            document.set_data(msgspec.json.encode(each.shown))
            writing.add_document(document)
        for word, books in truth.words():
            writing.add_spelling(word, books)
        writing.commit()
        writing.close()
        yield Peer(xapian, xapian.Database(path))


def _imported() -> Any:
    try:
        sys.path.append(DEBIAN)
        return importlib.import_module("xapian")
    except ImportError as error:
        raise Absent(f"{error}: install Debian's python3-xapian") from error
    finally:
        sys.path.remove(DEBIAN)
