"""What an index is like now, read without disturbing its writer."""

import fcntl
import os
from pathlib import Path

from msgspec import Struct

from core.kernel.errors import Unavailable
from core.search.snapshot import Horizon
from ext.tantivy_search import layout, manifest
from ext.tantivy_search.boot import check_boot
from ext.tantivy_search.head import Head
from ext.tantivy_search.verified import verify_anew


class IndexStatus(Struct, frozen=True):
    """version: as snapshots name it, "" where there is no index; bytes: on the disk, all
    generations; writer: the process that writes, None when nobody does; problem: why the
    index cannot be used, "" when it can.
    """

    version: str = ""
    living: int = 0
    rows: int = 0
    base_rows: int = 0
    capacity: int = 0
    bytes: int = 0
    horizon: Horizon | None = None
    writer: int | None = None
    problem: str = ""


def status(folder: Path, *, verify: bool = False) -> IndexStatus:
    """verify: compare all checksums, which reads the whole index."""
    writer = _writer(folder / layout.LOCK)
    path = layout.current(folder)
    if path is None:
        return IndexStatus(writer=writer, problem=f"no index in {folder} yet")
    size = sum(part.stat().st_blocks * 512 for part in folder.rglob("*") if part.is_file())
    try:
        built = manifest.read(path)
        if verify:
            verify_anew(path, built)
        _, state = Head(path / layout.HEAD).read()
        check_boot(state)
    except Unavailable as error:
        return IndexStatus(version=path.name, bytes=size, writer=writer, problem=error.detail)
    return IndexStatus(
        version=f"{path.name}.{state.commit}",
        living=state.rows - state.deletes,
        rows=state.rows,
        base_rows=built.rows,
        capacity=built.capacity,
        bytes=size,
        horizon=state.horizon,
        writer=writer,
    )


def _writer(path: Path) -> int | None:
    """The process that holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return int(os.read(descriptor, 32) or b"0")
    finally:
        os.close(descriptor)
    return None
