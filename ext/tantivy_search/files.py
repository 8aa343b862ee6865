"""Append-only files with room to grow, mapped by readers once and for good."""

import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.search.indexing import RebuildNeeded
from core.search.snapshot import IndexUnavailable
from ext.npy_files import map_array


class Mapped:
    """A file mapped for reading; its length is fixed, what is behind the published rows unread.

    Arrays and views keep the mapping alive after the file is gone.
    """

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise IndexUnavailable(f"{path}: {error}", remedy="rebuild the index") from error

    def array(self, dtype: str) -> NDArray[Any]:
        item = np.dtype(dtype).itemsize
        return np.frombuffer(self.bytes, dtype, len(self.bytes) // item)

    def view(self, code: str) -> memoryview:
        """Python numbers by index: cheaper than an array's where one is read at a time."""
        return memoryview(self.bytes).cast(code)  # type: ignore[call-overload,no-any-return]


def load_array(path: Path) -> NDArray[Any]:
    """Map a .npy file."""
    try:
        return map_array(path)
    except (OSError, ValueError, EOFError) as error:
        raise IndexUnavailable(f"{path}: {error}", remedy="rebuild the index") from error


class Growing:
    """The writer's side: items are written behind the published ones, up to the capacity."""

    def __init__(self, path: Path, item_bytes: int) -> None:
        self._item = item_bytes
        self._descriptor = os.open(path, os.O_WRONLY)
        self.capacity = os.fstat(self._descriptor).st_size // item_bytes

    def write(self, position: int, data: bytes) -> None:
        """Write items from this position on; those must be there and not be published yet.

        pwrite, not the mapping: a full disk is then an error and not a SIGBUS.
        """
        offset = position * self._item
        if offset + len(data) > self.capacity * self._item:
            raise RebuildNeeded("the generation is full")
        view = memoryview(data)
        while view:
            written = os.pwrite(self._descriptor, view, offset)
            view, offset = view[written:], offset + written

    def sync(self) -> None:
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def set_capacity(path: Path, size_bytes: int) -> None:
    """Give a file its final length; what is not written stays a hole and takes no space."""
    os.truncate(path, max(size_bytes, 1))
