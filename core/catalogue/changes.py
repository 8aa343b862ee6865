"""What changed in the catalogue, as followers learn of it."""

from collections.abc import Mapping, Set
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from core.search.snapshot import Horizon


class Changes(Struct, frozen=True):
    """What to apply so as to see everything within `horizon`.

    cursor: opaque, for the next call; keep it with what was applied. books: ids by store,
    changed or deleted. rebuild: stores to read anew from the first book to the last, because
    there was no cursor or it is too old; read them after this call, not before.
    """

    cursor: str
    horizon: Horizon
    books: Mapping[UUID, Set[UUID]] = {}
    rebuild: frozenset[UUID] = frozenset()


class ChangeFeed(Protocol):
    async def changes(self, cursor: str | None) -> Changes:
        """What became visible since the cursor; None: everything is to be rebuilt."""
        ...
