"""Whether a reader did something since, told between the workers of a node through one file."""

import logging
import mmap
import os
import socket
import time
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

READERS = 1 << 16
NAME_BYTES = 8
_BYTES = 8 * READERS
_LOGGER = logging.getLogger("bookwheel.readers")


class ReaderVersions:
    """A number for each reader that changes whenever a worker of this node says so.

    The file is 512 KB that all workers map: to look is to read eight bytes of memory. Readers
    whose ids end alike share a number, which costs one of them a needless look at the database.
    Where the file cannot be had, each worker knows of its own changes alone.
    name: of the node, `NAME_BYTES` long.
    """

    def __init__(self, path: Path) -> None:
        self._numbers = np.frombuffer(_mapped(path), np.int64)
        self.name = _name_of(path)

    def of(self, reader_id: UUID) -> int:
        return int(self._numbers[self.place_of(reader_id)])

    def changed(self, reader_id: UUID) -> None:
        """Call it behind the commit: whoever sees the new number finds the new rows."""
        self.change(self.place_of(reader_id))

    def place_of(self, reader_id: UUID) -> int:
        """Where the reader's number stands, below `READERS`."""
        return reader_id.int & (READERS - 1)

    def change(self, places: int | NDArray[np.uint16]) -> None:
        # A time, not a count: of two workers that write at once neither takes the other's back.
        self._numbers[places] = time.time_ns()


def _name_of(path: Path) -> bytes:
    """The same in all workers of this file, and in no other node's."""
    try:
        found = path.stat()
    except OSError:
        return os.urandom(NAME_BYTES)
    name = f"{socket.gethostname()} {found.st_dev} {found.st_ino}"
    return blake2b(name.encode(), digest_size=NAME_BYTES).digest()


def _mapped(path: Path) -> mmap.mmap:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(file).st_size < _BYTES:
                os.ftruncate(file, _BYTES)  # grows with zeros; whoever comes second changes nothing
            return mmap.mmap(file, _BYTES)
        finally:
            os.close(file)
    except OSError as error:
        _LOGGER.warning("workers cannot tell one another what readers did: %s", error)
        return mmap.mmap(-1, _BYTES)
