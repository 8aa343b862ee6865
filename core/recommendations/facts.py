"""The few words of a book that reasons need, read from its list form once and kept."""

import msgspec
from msgspec import Struct

from core.search.snapshot import Snapshot

MOST_KEPT = 50_000


class Facts(Struct, frozen=True):
    class Name(Struct, frozen=True):
        name: str

    class Place(Struct, frozen=True):
        name: str
        position: float | None = None

    title: str
    authors: tuple[Name, ...] = ()
    series: Place | None = None

    @property
    def position(self) -> float | None:
        return self.series.position if self.series else None


_facts = msgspec.json.Decoder(Facts)


class FactsByRow:
    """Rows of one generation never change, so what was read once stays true."""

    def __init__(self) -> None:
        self._kept: dict[int, Facts] = {}

    def of(self, snapshot: Snapshot, row: int) -> Facts:
        if (found := self._kept.get(row)) is not None:
            return found
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        found = _facts.decode(snapshot.list_json(row))
        self._kept[row] = found
        return found
