"""Keeps the indexes of all stores in step with the database."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from core.catalogue.book import Book
from core.kernel.errors import Unavailable
from core.search.snapshot import Horizon


class RebuildNeeded(Unavailable):
    """The index cannot take these changes as they are: it is full, worn out or not there."""


class Changes(Struct, frozen=True):
    """What the change feed tells since a cursor.

    cursor: where to go on; horizon: the transactions that are in once these changes are.
    books: ids by store, deleted books among them; stores: to be built anew as a whole.
    """

    cursor: str
    horizon: Horizon
    books: dict[UUID, set[UUID]]
    stores: frozenset[UUID] = frozenset()


class Everything(Struct, frozen=True):
    """All books of a store as one transaction sees them, and where the feed stood in it."""

    cursor: str
    horizon: Horizon
    count: int
    batches: AsyncIterator[list[Book]]


class Feed(Protocol):
    async def changes(self, cursor: str) -> Changes:
        """Raises RebuildNeeded for a cursor from before what the feed still knows."""
        ...


class Source(Protocol):
    def everything(self, store_id: UUID) -> AbstractAsyncContextManager[Everything]: ...
    async def books(self, store_id: UUID, ids: list[UUID]) -> list[Book]:
        """Those of the ids that exist, in any order."""
        ...
