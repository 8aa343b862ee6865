"""What keeping an index needs of others: its writing side, and where books come from."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol
from uuid import UUID

from core.catalogue.book import Book
from core.kernel.errors import Unavailable
from core.search.snapshot import Horizon
from core.stores.store import Store


class RebuildNeeded(Unavailable):
    """The index cannot take these changes as they are: it is full, worn out or not there."""


class AlreadyWritten(Unavailable):
    """Another process holds the writing side of this index."""


class Index(Protocol):
    """The writing side of one store's index. Every method may raise Unavailable.

    cursor: where the feed goes on, None when there is nothing to go on from; living: books in
    it; worn: whether a rebuild pays.
    """

    @property
    def cursor(self) -> str | None: ...
    @property
    def living(self) -> int: ...
    @property
    def worn(self) -> bool: ...
    async def apply(
        self,
        changed: Sequence[Book],
        removed: Sequence[UUID],
        horizon: Horizon | None,
        cursor: str | None,
        *,
        sealed: bool = False,
    ) -> None:
        """To the generation that is served, or to the one just sealed.

        horizon and cursor: None leaves them where they are, while more of the same changes are
        to come. Raises RebuildNeeded.
        """
        ...

    async def begin(self) -> None: ...
    async def add(self, books: Sequence[Book]) -> int: ...
    async def seal(self, horizon: Horizon, cursor: str) -> None: ...
    async def switch(self) -> str: ...
    async def abandon(self) -> None: ...
    def complete(self, at_ns: int) -> None:
        """Nothing that was committed before this Unix time is missing; for whoever asks."""
        ...

    async def sync(self) -> None: ...
    async def close(self) -> None: ...


class Source(Protocol):
    """Where books come from; every method may raise Unavailable."""

    async def stores(self) -> Sequence[Store]: ...
    def everything(self, store: Store) -> AsyncGenerator[list[Book], None]:
        """All books as one moment sees them, in batches."""
        ...

    async def books(self, store: Store, ids: Sequence[UUID]) -> list[Book]:
        """Those of the ids that exist, in any order."""
        ...
