"""An index writer for an event loop: changes in one thread, a build beside them in another."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from core.catalogue.book import Book
from core.search.snapshot import Horizon
from ext.tantivy_search.writer import IndexWriter

T = TypeVar("T")


class ThreadedIndex:
    """`core.search.indexing.Index` over an IndexWriter; see there.

    Tantivy's writer is not made for several threads at a time ("Already borrowed"), but each
    generation has its own: to seal one takes seconds, which no change of the other waits for.
    """

    def __init__(self, thread: ThreadPoolExecutor, writer: IndexWriter) -> None:
        self._thread = thread
        self._building = ThreadPoolExecutor(1, "index-builder")
        self._writer = writer

    @classmethod
    async def open(cls, folder: Path) -> "ThreadedIndex":
        """Verify and open, or start with nothing. Raises AlreadyWritten."""
        thread = ThreadPoolExecutor(1, "index-writer")
        try:
            loop = asyncio.get_running_loop()
            return cls(thread, await loop.run_in_executor(thread, IndexWriter, folder))
        except BaseException:
            thread.shutdown(wait=False)
            raise

    @property
    def cursor(self) -> str | None:
        return self._writer.cursor

    @property
    def living(self) -> int:
        return self._writer.living

    @property
    def worn(self) -> bool:
        return self._writer.worn

    async def apply(
        self,
        changed: Sequence[Book],
        removed: Sequence[UUID],
        horizon: Horizon | None,
        cursor: str | None,
        *,
        sealed: bool = False,
    ) -> None:
        await self._run(
            lambda: self._writer.apply(changed, removed, horizon, cursor, sealed=sealed)
        )

    async def begin(self) -> None:
        await self._build(self._writer.begin)

    async def add(self, books: Sequence[Book]) -> int:
        return await self._build(lambda: self._writer.add(books))

    async def seal(self, horizon: Horizon, cursor: str) -> None:
        await self._build(lambda: self._writer.seal(horizon, cursor))

    async def switch(self) -> str:
        return await self._run(self._writer.switch)

    async def abandon(self) -> None:
        # What its caller gave up waiting for may go on in the other thread: a generation that is
        # being switched to is not to be thrown away under it.
        await self._run(lambda: None)
        await self._build(self._writer.abandon)

    def complete(self, at_ns: int) -> None:
        # A number in a mapped file: no thread has to be waited for.
        self._writer.complete(at_ns)

    async def sync(self) -> None:
        await self._run(self._writer.sync)

    async def close(self) -> None:
        await self.abandon()
        await self._run(self._writer.close)
        self._building.shutdown()
        self._thread.shutdown()

    async def _build(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._building, work)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
