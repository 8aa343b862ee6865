"""The writing side of an index: one process, one thread at a time."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from uuid import UUID

from core.catalogue.book import Book
from core.kernel.errors import Unavailable
from core.search.columns import NONE
from core.search.entries import is_listed
from core.search.indexing import AlreadyWritten, RebuildNeeded
from core.search.snapshot import Horizon, IndexUnavailable
from ext.tantivy_search import layout
from ext.tantivy_search.appending import Appender
from ext.tantivy_search.builder import GenerationBuilder
from ext.tantivy_search.faults import translated
from ext.tantivy_search.generation import Verify
from ext.tantivy_search.head import Head
from ext.tantivy_search.rows import split
from ext.tantivy_search.verified import verify_anew

Progress = Callable[[int], None]
"""Called with the number of books taken so far."""

WORN = 0.3
"""Share of tombstones from which on a rebuild pays."""


class IndexWriter:
    """Holds the lock of its folder until closed. Raises AlreadyWritten when another one holds it.

    A generation that cannot be opened, because it is damaged or of another format, is as good
    as none: `cursor` is None and changes raise RebuildNeeded; `problem` says why.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder / layout.LOCK)
        self._builder: GenerationBuilder | None = None
        self._sealed: Appender | None = None
        self._serving: Appender | None = None
        self.problem: Unavailable | None = None
        layout.clear_leftovers(folder)
        self._retire_others()
        self._open(verify=verify_anew)

    @property
    def cursor(self) -> str | None:
        """Where the feed goes on; None when there is nothing to go on from."""
        return self._serving.snapshot.state.cursor if self._serving else None

    @property
    def living(self) -> int:
        return self._serving.snapshot.living if self._serving else 0

    @property
    def worn(self) -> bool:
        """Whether so much is dead that the index should be rebuilt soon."""
        if self._serving is None:
            return False
        state = self._serving.snapshot.state
        return state.deletes > WORN * state.rows + 1_000

    def apply(
        self,
        changed: Sequence[Book],
        removed: Sequence[UUID],
        horizon: Horizon | None,
        cursor: str | None,
        *,
        sealed: bool = False,
    ) -> None:
        """Make changes searchable; to apply them again has no effect.

        changed: as the books are now, hidden ones among them; removed: ids, also unknown ones.
        horizon and cursor: None leaves them where they are.
        sealed: to the generation that `seal` made and nobody reads yet. Raises RebuildNeeded
        when there is no generation or no room in it.
        """
        appender = self._sealed if sealed else self._opened()
        if appender is None:
            raise RebuildNeeded(f"{self._folder} has no generation to apply changes to")
        books = {book.id: book for book in changed}
        gone = {*removed, *(book.id for book in books.values() if not is_listed(book))}
        rows = appender.snapshot.ordinals_of(*split([book_id.int for book_id in gone]))
        listed = [book for book_id, book in books.items() if book_id not in gone]
        try:
            now = appender.snapshot.state
            appender.apply(
                listed,
                rows[rows != NONE],
                now.horizon if horizon is None else horizon,
                now.cursor if cursor is None else cursor,
            )
        except BaseException:
            self._drop(appender)
            raise

    def rebuild(
        self,
        books: Iterable[Sequence[Book]],
        horizon: Horizon,
        cursor: str,
        progress: Progress | None = None,
    ) -> str:
        """Build a generation from all books and make it the current one; returns its name.

        horizon and cursor: of the feed before the books were read.
        """
        self.begin()
        try:
            for batch in books:
                taken = self.add(batch)
                if progress is not None:
                    progress(taken)
            self.seal(horizon, cursor)
        except BaseException:
            self.abandon()
            raise
        return self.switch()

    def begin(self) -> None:
        """Start a generation beside the one that is served."""
        self.abandon()
        self._builder = GenerationBuilder(self._folder)

    def add(self, books: Sequence[Book]) -> int:
        """Returns how many books were taken so far."""
        if self._builder is None:
            raise RebuildNeeded("begin a generation before adding to it")
        with translated(f"building in {self._folder}"):
            self._builder.add(books)
        return self._builder.rows

    def seal(self, horizon: Horizon, cursor: str) -> None:
        """Finish the generation; `apply(sealed=True)` brings it up to date, `switch` to readers."""
        if self._builder is None:
            raise RebuildNeeded("begin a generation before sealing it")
        with translated(f"building in {self._folder}"):
            built = self._builder.finish(horizon, cursor)
        self._builder = None
        self._sealed = Appender(built, verify=None)

    def switch(self) -> str:
        """Let readers move to the sealed generation."""
        if self._sealed is None:
            raise RebuildNeeded("seal a generation before switching to it")
        self._sealed.sync()
        name = self._sealed.snapshot.generation.name
        layout.switch(self._folder, name)
        if self._serving is not None:
            self._serving.close()
        self._serving, self._sealed, self.problem = self._sealed, None, None
        self._retire_others()
        layout.keep_last_two(self._folder)
        return name

    def abandon(self) -> None:
        """Give up the generation that was begun or sealed, if any."""
        if self._builder is not None:
            self._builder.abandon()
            self._builder = None
        if self._sealed is not None:
            self._sealed.close()
            self._sealed.discard()
            self._sealed = None

    def complete(self, at_ns: int) -> None:
        """Tell that nothing that was committed before this Unix time is missing."""
        if self._serving is not None:
            self._serving.complete(at_ns)

    def sync(self) -> None:
        """Bring what was applied to the disk; without it a power cut costs a rebuild."""
        if self._serving is not None:
            self._serving.sync()

    def close(self) -> None:
        """Sync, and let another process write."""
        self.abandon()
        if self._serving is not None:
            self.sync()
            self._serving.close()
            self._serving = None
        os.close(self._lock)

    def _opened(self) -> Appender | None:
        """The generation served; opened again after an error, given up when it was deleted."""
        if self._serving is not None and not self._serving.exists():
            self._drop(self._serving)
        if self._serving is None:
            self._open(verify=None)
        return self._serving

    def _open(self, *, verify: Verify | None) -> None:
        path = layout.current(self._folder)
        if path is None:
            return
        try:
            self._serving = Appender(path, verify=verify)
            self.problem = None
        except Unavailable as error:
            self.problem = error

    def _drop(self, appender: Appender) -> None:
        appender.close()
        if appender is self._serving:
            self._serving = None
        else:
            self._sealed = None

    def _retire_others(self) -> None:
        """Readers of any but the current generation are to look for it."""
        now = layout.current(self._folder)
        for path in layout.generations(self._folder):
            if path != now:
                with contextlib.suppress(IndexUnavailable):
                    Head(path / layout.HEAD, writable=True).retire()


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise AlreadyWritten(
            f"{path.parent} is being written by process {holder or 'unknown'}",
            remedy="stop that `bookwheel index follow` first; one writer serves all workers",
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
