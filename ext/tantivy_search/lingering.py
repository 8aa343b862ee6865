"""Deleted files stay open here for a while, so that no worker is the last to let go of one.

Whoever lets go last frees the blocks, and is held up meanwhile: for a tenth of a second where the
file system tells a busy disk of each (ext4's `discard`).
"""

import os
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

LINGER_SECONDS = 10.0
"""Workers move on within two seconds of a commit."""
_REPLACED = {".json", ".lock"}
"""Files that are written anew under their name; the others never change."""


class Lingering:
    """The files of one folder; not for several threads."""

    def __init__(self, folder: Path, seconds: float = LINGER_SECONDS) -> None:
        self._folder = folder
        self._seconds = seconds
        self._there: dict[str, int] = {}
        self._deleted: deque[tuple[float, int]] = deque()

    def look(self) -> None:
        """Open what is new and let go of what was deleted long enough ago, which takes its time."""
        now = time.monotonic()
        try:
            names = {path.name for path in self._folder.iterdir() if path.suffix not in _REPLACED}
        except OSError:
            return  # somebody has deleted the whole index
        for name in self._there.keys() - names:
            self._deleted.append((now, self._there.pop(name)))
        for name in names - self._there.keys():
            with suppress(OSError):  # gone again, or too many are open: then it lingers not
                self._there[name] = os.open(self._folder / name, os.O_RDONLY | os.O_CLOEXEC)
        while self._deleted and self._deleted[0][0] <= now - self._seconds:
            os.close(self._deleted.popleft()[1])

    def close(self) -> None:
        for descriptor in (*self._there.values(), *(file for _, file in self._deleted)):
            os.close(descriptor)
        self._there.clear()
        self._deleted.clear()
