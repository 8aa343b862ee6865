"""The few words of a book that reasons need, read from its list form once and kept."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from core.search.columns import NONE
from core.search.snapshot import Snapshot

MOST_KEPT = 50_000


class Facts(Struct, frozen=True):
    class Name(Struct, frozen=True):
        name: str

    class Place(Struct, frozen=True):
        name: str
        position: float | None = None

    id: str
    title: str
    authors: tuple[Name, ...] = ()
    series: Place | None = None

    @property
    def position(self) -> float | None:
        return self.series.position if self.series else None


_facts = msgspec.json.Decoder(Facts)
_json = msgspec.json.Encoder()


class FactsByRow:
    """Rows of one generation never change, so what was read once stays true."""

    def __init__(self) -> None:
        self._kept: dict[int, Facts] = {}
        self.in_category: dict[tuple[str, int], str] = {}
        self.because: dict[tuple[int, str], str] = {}
        self.categories: dict[int, list[int]] = {}
        self._told: dict[tuple[str, int], bytes] = {}

    def of(self, snapshot: Snapshot, row: int) -> Facts:
        if (found := self._kept.get(row)) is not None:
            return found
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        found = _facts.decode(snapshot.list_json(row))
        self._kept[row] = found
        return found

    def keep_because(self, row: int, verb: str, reason: str) -> None:
        if len(self.because) >= MOST_KEPT:
            self.because.clear()
        self.because[row, verb] = reason

    def keep_categories(self, row: int, codes: list[int]) -> None:
        if len(self.categories) >= MOST_KEPT:
            self.categories.clear()
        self.categories[row] = codes

    def told(self, snapshot: Snapshot, reasons: Iterable[tuple[str, int]]) -> list[bytes]:
        """`"reason":…` of each reason and, where a book is it, `"reason_book_id":…` of its row."""
        kept = self._told
        return [kept.get(reason) or self._tell(snapshot, *reason) for reason in reasons]

    def _tell(self, snapshot: Snapshot, reason: str, because: int) -> bytes:
        if len(self._told) >= MOST_KEPT:
            self._told.clear()
        fields = {"reason": reason}
        if because != NONE:
            fields["reason_book_id"] = self.of(snapshot, because).id
        found = self._told[reason, because] = _json.encode(fields)[1:-1]
        return found
