"""What an index is like now, read without disturbing its writer."""

import contextlib
import fcntl
import os
import time
from pathlib import Path

from msgspec import Struct

from core.kernel.errors import Unavailable
from core.search.snapshot import Horizon
from ext.tantivy_search import layout, manifest
from ext.tantivy_search.boot import check_boot
from ext.tantivy_search.head import Head
from ext.tantivy_search.verified import verify_anew


class IndexStatus(Struct, frozen=True):
    """version: as snapshots name it, "" where there is no index; bytes: on the disk, of which
    generations tells each one's, those being built (".g000002.tmp") among them; behind_seconds:
    everything committed before so long ago is in the index, None when nobody has told; writer:
    the process that writes, None when nobody does; problem: why the index cannot be used, ""
    when it can.
    """

    version: str = ""
    living: int = 0
    rows: int = 0
    base_rows: int = 0
    capacity: int = 0
    bytes: int = 0
    generations: dict[str, int] = {}  # msgspec gives each its own
    behind_seconds: float | None = None
    horizon: Horizon | None = None
    writer: int | None = None
    problem: str = ""


def status(folder: Path, *, verify: bool = False) -> IndexStatus:
    """verify: compare all checksums, which reads the whole index."""
    writer = _writer(folder / layout.LOCK)
    path = layout.current(folder)
    if path is None:
        return IndexStatus(writer=writer, problem=f"no index in {folder} yet")
    sizes = {each.name: _size(each) for each in sorted(folder.glob("*g[0-9]*")) if each.is_dir()}
    size = sum(sizes.values())
    try:
        built = manifest.read(path)
        if verify:
            verify_anew(path, built)
        head = Head(path / layout.HEAD)
        _, state = head.read()
        check_boot(state)
    except Unavailable as error:
        return IndexStatus(
            version=path.name, bytes=size, generations=sizes, writer=writer, problem=error.detail
        )
    return IndexStatus(
        version=f"{path.name}.{state.commit}",
        living=state.rows - state.deletes,
        rows=state.rows,
        base_rows=built.rows,
        capacity=built.capacity,
        bytes=size,
        generations=sizes,
        behind_seconds=_since(head.complete_at_ns),
        horizon=state.horizon,
        writer=writer,
    )


def _size(folder: Path) -> int:
    """Of what is written: files have room to grow that takes no space."""
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # a writer may clear it away meanwhile
            size += path.stat().st_blocks * 512
    return size


def _since(at_ns: int) -> float | None:
    return max(0.0, (time.time_ns() - at_ns) / 1e9) if at_ns else None


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
