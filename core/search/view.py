"""A snapshot with what is derived from it once and kept: turned columns, shared counts."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from core.search.inverse import Inverse
from core.search.snapshot import Snapshot

Derived = TypeVar("Derived")


class View:
    """One for each snapshot and worker; what it keeps goes with the snapshot.

    currency: ISO 4217, of every price in the columns.
    """

    def __init__(self, snapshot: Snapshot, currency: str) -> None:
        self.snapshot = snapshot
        self.currency = currency
        self._kept: dict[str, Any] = {}

    def id_of(self, ordinal: int) -> UUID:
        columns = self.snapshot.columns
        return UUID(int=int(columns.id_hi[ordinal]) << 64 | int(columns.id_lo[ordinal]))

    def inverse(self, name: str) -> Inverse:
        """From code to ordinals: category, author or title_terms."""
        return self.keep(
            f"inverse.{name}",
            lambda: Inverse(
                name,
                self.snapshot.static,
                getattr(self.snapshot.columns, name),
                self.snapshot.base_rows,
            ),
        )

    def keep(self, name: str, make: Callable[[], Derived]) -> Derived:
        """The value of this name, made at its first use."""
        if name not in self._kept:
            self._kept[name] = make()
        kept: Derived = self._kept[name]
        return kept
