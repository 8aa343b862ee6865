"""The writing side of an index: one process, one thread at a time."""

import fcntl
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from core.catalogue.book import Book
from core.kernel.errors import Unavailable
from core.search.snapshot import Horizon
from ext.tantivy_search import layout
from ext.tantivy_search.builder import GenerationBuilder
from ext.tantivy_search.head import Head

Progress = Callable[[int], None]
"""Called with the number of books taken so far."""


class IndexWriter:
    """Holds the lock of its folder until closed. Raises Unavailable when another one holds it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder / layout.LOCK)

    def close(self) -> None:
        os.close(self._lock)

    def rebuild(
        self,
        books: Iterable[list[Book]],
        horizon: Horizon,
        cursor: str,
        progress: Progress | None = None,
    ) -> str:
        """Build a generation from all books and make it the current one; returns its name.

        horizon and cursor: those of the transaction that the books were read in.
        """
        builder = GenerationBuilder(self._folder)
        try:
            for batch in books:
                builder.add(batch)
                if progress is not None:
                    progress(builder.rows)
            built = builder.finish(horizon, cursor)
        except BaseException:
            builder.abandon()
            raise
        self._take_over(built)
        return built.name

    def _take_over(self, built: Path) -> None:
        layout.switch(self._folder, built.name)
        for path in layout.generations(self._folder):
            if path != built:
                Head(path / layout.HEAD, writable=True).retire()
        layout.keep_last_two(self._folder)


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise Unavailable(
            f"{path.parent} is being written by process {holder or 'unknown'}",
            remedy="stop that `bookwheel index follow` first; one writer serves all workers",
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
