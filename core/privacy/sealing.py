"""Fields that lie in the database sealed: readable with a key, and in their own place alone."""

from typing import Protocol
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Unavailable

SUFFIX = "_sealed"
"""Columns whose name ends so hold what a FieldCipher made; a rotation of keys finds them by it."""


class FieldUnreadable(Unavailable):
    """Damaged, moved from another row or column, or sealed with a key that is not here."""


class Place(Struct, frozen=True):
    """Where a sealed value belongs. row: the primary key; column: its name, ending in _sealed."""

    table: str
    column: str
    row: UUID | str | int

    def __str__(self) -> str:
        return f"{self.table}.{self.column}:{self.row}"


class FieldCipher(Protocol):
    def seal(self, plain: bytes, place: Place) -> bytes: ...

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Raises FieldUnreadable."""
        ...

    def current_prefix(self) -> bytes:
        """What all begin with that are sealed from now on; what begins otherwise is of old keys."""
        ...
