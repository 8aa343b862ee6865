"""What routes ask of search, whoever answers: the index in this process, or a search cluster."""

from typing import Any, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.search.drafting import Draft
from core.search.ranking import Taste, Weights
from core.search.request import SearchRequest
from core.search.service import Answer, Search, StoredBook
from core.search.view import View


class SearchPort(Protocol):
    """One store's search. Every method but `version` may raise Unavailable."""

    @property
    def version(self) -> str:
        """Changes whenever an answer may; "" where only the answer itself tells."""
        ...

    async def search(
        self,
        request: SearchRequest,
        taste: Taste | None = None,
        *,
        weights: Weights | None = None,
        draft: Draft | None = None,
    ) -> Answer:
        """Raises Invalid for a cursor of another question.

        weights: others than the store's. draft: two rankings in one list.
        """
        ...

    async def autocomplete(self, q: str) -> bytes:
        """A JSON array of suggestions, [] for fewer than two letters."""
        ...

    async def similar(self, book_id: UUID, *, size: int = 10) -> bytes:
        """The books nearest to a book in their words. Raises BookNotFound."""
        ...

    async def book(self, book_id: UUID) -> StoredBook:
        """Raises BookNotFound."""
        ...

    async def wait_for(self, token: str, *, timeout_seconds: float = 2.0) -> None:
        """Return once a search sees the write that the token stands for.

        Raises Invalid for what is no token, IndexBehind when the time is over.
        """
        ...

    async def view_of(self, books: NDArray[np.uint64]) -> View:
        """A view that holds those of the books that are indexed, others maybe too.

        books: (n, 2), the upper and lower half of each id.
        """
        ...


class InProcess:
    """The port over the index that this process has mapped; never waits for anybody else."""

    def __init__(self, search: Search) -> None:
        self._search = search

    @property
    def version(self) -> str:
        return self._search.views().snapshot.version

    async def search(
        self,
        request: SearchRequest,
        taste: Taste | None = None,
        *,
        weights: Weights | None = None,
        draft: Draft | None = None,
    ) -> Answer:
        return self._search.search(request, taste, weights=weights, draft=draft)

    async def autocomplete(self, q: str) -> bytes:
        return self._search.autocomplete(q)

    async def similar(self, book_id: UUID, *, size: int = 10) -> bytes:
        return self._search.similar(book_id, size=size)

    async def book(self, book_id: UUID) -> StoredBook:
        return self._search.book(book_id)

    async def wait_for(self, token: str, *, timeout_seconds: float = 2.0) -> None:
        await self._search.wait_for(token, timeout_seconds=timeout_seconds)

    async def view_of(self, books: NDArray[Any]) -> View:
        return self._search.views()
