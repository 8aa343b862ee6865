"""Remembers which files of a folder were compared with their checksums, so that it is done once.

Reading a gigabyte takes a second of processor, and every worker would do it at its start and at
every new model. A file is told by its inode, length and time of change, and by the boot of the
machine: what is otherwise now is compared again.
"""

import contextlib
import os
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from ext.boot import UNKNOWN_BOOT, boot_id

MARKER = "compared.json"
SETTLED_NS = 100_000_000
"""A file that changed this shortly before it was compared is not remembered: clocks of files tick
every few milliseconds, so that another change might not show."""

_Seen = tuple[int, int, int]
"""Inode, length, nanoseconds of the last change."""


class _Marker(Struct, frozen=True):
    boot: str
    files: dict[str, _Seen]


class ComparedFiles:
    """Those of one folder; whoever may not write there compares for himself alone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / MARKER
        self._files = self._read()
        self._new: dict[str, _Seen] = {}

    def knows(self, path: Path) -> bool:
        """Whether the file was compared as it is now; where not it is to be compared, then noted.

        Raises OSError where it is not there.
        """
        found = path.stat()
        seen = found.st_ino, found.st_size, found.st_mtime_ns
        if self._files.get(path.name) == seen:
            return True
        if found.st_mtime_ns < time.time_ns() - SETTLED_NS:
            self._new[path.name] = seen
        return False

    def keep(self) -> None:
        """Call when all that `knows` did not know has been compared and was right."""
        if self._new and boot_id() != UNKNOWN_BOOT:
            marker = _Marker(boot_id(), {**self._files, **self._new})
            beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
            with contextlib.suppress(OSError):
                beside.write_bytes(msgspec.json.encode(marker))
                beside.replace(self._path)

    def _read(self) -> dict[str, _Seen]:
        try:
            marker = msgspec.json.decode(self._path.read_bytes(), type=_Marker)
        except (OSError, msgspec.DecodeError):
            return {}
        return marker.files if marker.boot == boot_id() != UNKNOWN_BOOT else {}
