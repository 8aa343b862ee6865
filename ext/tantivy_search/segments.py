"""Tantivy's own files: which ones a commit consists of and whether they are what was written."""

import zlib
from collections.abc import Container
from pathlib import Path

import msgspec
from msgspec import Struct

from core.search.snapshot import IndexUnavailable

_CHUNK = 1 << 20
_MAGIC = 1337
_COMPONENTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")


class _Deletes(Struct):
    opstamp: int


class _Segment(Struct):
    segment_id: str
    deletes: _Deletes | None = None


class _Commit(Struct):
    segments: list[_Segment]


class _Footer(Struct):
    crc: int


def committed_files(folder: Path) -> list[Path]:
    """The files of the last commit; others are being written, or are about to be removed."""
    path = folder / "meta.json"
    try:
        commit = msgspec.json.decode(path.read_bytes(), type=_Commit)
    except (OSError, msgspec.DecodeError) as error:
        raise IndexUnavailable(f"{path}: {error}", remedy="rebuild the index") from error
    found: list[Path] = []
    for segment in commit.segments:
        name = segment.segment_id.replace("-", "")
        found += [folder / f"{name}.{component}" for component in _COMPONENTS]
        if segment.deletes is not None:
            found.append(folder / f"{name}.{segment.deletes.opstamp}.del")
    return found


def verify_commit(folder: Path, known: Container[str]) -> None:
    """Check the last commit's files, but for those whose name is known to be good.

    Raises IndexUnavailable. A file that is gone may have been merged into another meanwhile.
    """
    for path in committed_files(folder):
        try:
            if path.name not in known or not path.exists():
                verify_footer(path)
        except FileNotFoundError as error:
            if path in committed_files(folder):
                raise _damaged(path, "it is missing") from error


def verify_footer(path: Path) -> None:
    """Compare a file with the CRC-32 in its footer: body, JSON, the JSON's length, 1337.

    Tantivy writes the footer and, opened from Python, never looks at it. Raises
    IndexUnavailable, FileNotFoundError.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - 8))
            size = int.from_bytes(file.read(4), "little")
            magic = int.from_bytes(file.read(4), "little")
            if magic != _MAGIC or size > end - 8:
                raise _damaged(path, "it has no footer")
            file.seek(end - 8 - size)
            footer = msgspec.json.decode(file.read(size), type=_Footer)
            file.seek(0)
            left, crc = end - 8 - size, 0
            while left and (chunk := file.read(min(_CHUNK, left))):
                crc = zlib.crc32(chunk, crc)
                left -= len(chunk)
    except msgspec.DecodeError as error:
        raise _damaged(path, "its footer cannot be read") from error
    if footer.crc != crc:
        raise _damaged(path, "its checksum differs from its footer's")


def _damaged(path: Path, reason: str) -> IndexUnavailable:
    return IndexUnavailable(f"{path} is damaged: {reason}", remedy="run `bookwheel index rebuild`")
