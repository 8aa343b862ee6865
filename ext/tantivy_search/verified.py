"""Remembers that a generation was compared with its checksums, so that each worker need not.

Reading 2 GB takes seconds, and nothing comes of doing it again: what was compared is told by its
inode, length and time of change, and by the boot of the machine. Whoever finds anything else
compares everything anew. Files that grow tell no time of change; the writer compares them whenever
it starts.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from core.search.snapshot import IndexUnavailable
from ext.boot import UNKNOWN_BOOT, boot_id
from ext.tantivy_search import manifest
from ext.tantivy_search.layout import MANIFEST, TANTIVY, VERIFIED, replace
from ext.tantivy_search.manifest import Manifest
from ext.tantivy_search.segments import committed_files, verify_footer

_ENGINE = f"{TANTIVY}/"
_Seen = tuple[int, int, int]
"""Inode, length, and nanoseconds of the last change, 0 for a file that grows."""


class _Marker(Struct, frozen=True):
    boot: str
    files: dict[str, _Seen]


def verify_once(folder: Path, built: Manifest) -> None:
    """Verify a generation, or see that it was verified as it is.

    Of several processes one does it, and the others wait. Raises IndexUnavailable.
    """
    if _is_as_marked(folder, built):
        return
    with _alone(folder):
        if not _is_as_marked(folder, built):
            verify_anew(folder, built)


def verify_anew(folder: Path, built: Manifest) -> None:
    """Compare every checksum. Raises IndexUnavailable."""
    seen = _files(folder, built)
    try:
        manifest.verify(folder, built)
    except IndexUnavailable:
        with contextlib.suppress(OSError):
            (folder / VERIFIED).unlink(missing_ok=True)
        raise
    _mark(folder, seen)


def mark(folder: Path, built: Manifest) -> None:
    """Remember a generation whose checksums were read from its files just now."""
    _mark(folder, _files(folder, built))


def _mark(folder: Path, seen: dict[str, _Seen]) -> None:
    if boot_id() != UNKNOWN_BOOT:
        # Where nothing may be written each process verifies for itself.
        with contextlib.suppress(OSError):
            replace(folder / VERIFIED, msgspec.json.encode(_Marker(boot_id(), seen)))


def _files(folder: Path, built: Manifest) -> dict[str, _Seen]:
    """Those that verifying compares: the manifest's and Tantivy's of the last commit."""
    names = {*built.files, MANIFEST}
    names.update(f"{_ENGINE}{path.name}" for path in committed_files(folder / TANTIVY))
    seen: dict[str, _Seen] = {}
    for name in sorted(names):
        # Tantivy may merge some away meanwhile; verifying tells what may be missing.
        with contextlib.suppress(FileNotFoundError):
            seen[name] = _seen(folder, name)
    return seen


def _seen(folder: Path, name: str) -> _Seen:
    found = (folder / name).stat()
    constant = name == MANIFEST or name.endswith(".npy") or name.startswith(_ENGINE)
    return found.st_ino, found.st_size, found.st_mtime_ns if constant else 0


def _is_as_marked(folder: Path, built: Manifest) -> bool:
    """Whether all that was verified is still so; later files of Tantivy's are verified here."""
    try:
        marker = msgspec.json.decode((folder / VERIFIED).read_bytes(), type=_Marker)
    except (OSError, msgspec.DecodeError):
        return False
    if marker.boot != boot_id():
        return False
    for name in {*marker.files, *built.files, MANIFEST}:
        try:
            if _seen(folder, name) != marker.files.get(name):
                return False
        except OSError:
            if not name.startswith(_ENGINE):
                return False
    return _late_files_are_whole(folder, marker)


def _late_files_are_whole(folder: Path, marker: _Marker) -> bool:
    try:
        for path in committed_files(folder / TANTIVY):
            if f"{_ENGINE}{path.name}" not in marker.files or not path.exists():
                verify_footer(path)
    except (IndexUnavailable, FileNotFoundError):
        return False  # damaged or just merged away: verifying anew tells which
    return True


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
