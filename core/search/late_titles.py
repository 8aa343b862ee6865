"""Titles of books that were appended since the generation was built, found as they are typed."""

from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import msgspec
from msgspec import Struct

from core.search.autocomplete import folded
from core.search.snapshot import Snapshot

_KEY = 2
"""Letters of a word that its title is looked up by."""


class LateTitle(NamedTuple):
    """words: the folded title behind a space, as each of its words is."""

    ordinal: int
    title: str
    words: str


class _Titled(Struct, frozen=True):
    title: str


_title = msgspec.json.Decoder(_Titled)


class LateTitles:
    """Of one generation; grows with its snapshots, so that a commit costs what it appends."""

    def __init__(self, first: int) -> None:
        """first: the row behind the built ones."""
        self._rows = first
        self._by_key: dict[str, list[LateTitle]] = {}
        self._growing = Lock()

    def grow(self, snapshot: Snapshot) -> None:
        """Learn the rows up to those of a snapshot."""
        if self._rows >= snapshot.rows:
            return
        with self._growing:
            for row in range(self._rows, snapshot.rows):
                title = _title.decode(snapshot.list_json(row)).title
                late = LateTitle(row, title, f" {folded(title)}")
                for key in {word[:_KEY] for word in late.words.split()}:
                    self._by_key.setdefault(key, []).append(late)
            self._rows = max(self._rows, snapshot.rows)

    def starting(self, starts: Sequence[str]) -> list[LateTitle]:
        """Titles, dead ones too, in which a word begins as one of the starts does; each once.

        starts: folded, of at least two letters.
        """
        found = {
            late.ordinal: late
            for start in starts
            for late in self._by_key.get(start.partition(" ")[0][:_KEY], ())
            if f" {start}" in late.words
        }
        return [found[ordinal] for ordinal in sorted(found)]
