"""A snapshot with what is derived from it once and kept: turned columns, shared counts."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from core.search.inverse import Inverse
from core.search.snapshot import Snapshot

Derived = TypeVar("Derived")


class View:
    """One for each snapshot and worker; what it keeps goes with the snapshot.

    currency: ISO 4217, of every price in the columns. before: the view of the snapshot before,
    from which this one takes over what it shares where both are of one generation.
    """

    def __init__(self, snapshot: Snapshot, currency: str, before: "View | None" = None) -> None:
        self.snapshot = snapshot
        self.currency = currency
        self._kept: dict[str, Any] = {}
        self._shared: dict[str, Any] = {}
        if before is not None and before.snapshot.static is snapshot.static:
            self._shared = before._shared

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

    def share(self, name: str, make: Callable[[], Derived]) -> Derived:
        """The same for what holds in the whole generation, whose rows never change: later
        snapshots go on using it."""
        if name not in self._shared:
            self._shared[name] = make()
        shared: Derived = self._shared[name]
        return shared
