"""Spreads the analysis of a build over the machine's cores; rows come back in the order given."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

from core.catalogue.book import Book
from ext.tantivy_search.analysing import Analysed, Analysis, Codes, Translation
from ext.tantivy_search.analyst import Analyst, spare_processes
from ext.tantivy_search.rows import Rows

ALONE = 10_000
"""Books up to which starting processes costs more than it saves."""
PORTION = 1_000
"""Books handed over at a time."""
AHEAD = 3
"""Portions that each analyst may have before it: what it reads while it waits for nothing."""


class Bureau:
    """Not for several threads. codes: the generation's, filled as names are met."""

    def __init__(self, codes: dict[str, Codes], *, alone: int = ALONE) -> None:
        self._codes = codes
        self._left = alone
        self._own = (Analysis(), Translation(codes))
        self._analysts: list[tuple[Analyst, Translation]] = []
        self._pending: deque[tuple[Future[Analysed], Translation]] = deque()
        self._turn = 0

    def add(self, books: Sequence[Book]) -> Iterator[tuple[Analysed, Rows]]:
        """Take books in; gives what is ready, in order, also of earlier ones."""
        for first in range(0, len(books), PORTION):
            yield from self._hand_over(books[first : first + PORTION])

    def rest(self) -> Iterator[tuple[Analysed, Rows]]:
        """What is still being analysed."""
        while self._pending:
            yield self._next()

    def close(self) -> None:
        for analyst, _ in self._analysts:
            analyst.close()
        self._analysts.clear()
        self._pending.clear()

    def _hand_over(self, books: Sequence[Book]) -> Iterator[tuple[Analysed, Rows]]:
        if self._left > 0:
            self._left -= len(books)
            analysis, translation = self._own
            analysed = analysis.of(books)
            yield analysed, translation.rows(analysed)
            return
        if not self._analysts:
            self._analysts = [
                (Analyst(), Translation(self._codes)) for _ in range(spare_processes())
            ]
        analyst, translation = self._analysts[self._turn % len(self._analysts)]
        self._turn += 1
        self._pending.append((analyst.analyse(books), translation))
        while self._pending[0][0].done() or len(self._pending) > AHEAD * len(self._analysts):
            yield self._next()
            if not self._pending:
                break

    def _next(self) -> tuple[Analysed, Rows]:
        future, translation = self._pending.popleft()
        analysed = future.result()
        return analysed, translation.rows(analysed)
