"""What a file says, read again when it or its folder has changed."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

Said = TypeVar("Said")


class WatchedFile(Generic[Said]):
    """read: what `file`, and those beside it, say now; may raise OSError and `refusal`.

    Whoever makes it gets what `read` raises. Afterwards a change is seen at the next use, by two
    calls of stat; a file that is being replaced or cannot be read leaves what is known.
    """

    def __init__(self, file: Path, read: Callable[[], Said], refusal: type[Exception]) -> None:
        self._file = file
        self._read = read
        self._refusal = refusal
        self._known = self._look()

    def said(self) -> Said:
        with contextlib.suppress(OSError, self._refusal):
            if self._state() != self._known[0]:
                self._known = self._look()
        return self._known[1]

    def _look(self) -> tuple[tuple[int, ...], Said]:
        state = self._state()  # before the files: what changes meanwhile is read again
        return state, self._read()

    def _state(self) -> tuple[int, ...]:
        file, folder = self._file.stat(), self._file.parent.stat()
        return file.st_ino, file.st_mtime_ns, folder.st_mtime_ns
