"""Where the parts of an index lie and which generation is the current one.

stores/<slug>/index/
├── CURRENT             the name of the generation that readers open
├── writer.lock         held by the one writer
├── .g000002.tmp/       a generation being built; in texts/ what the text index is to take
└── g000001/
    ├── manifest.json   what was built, with checksums
    ├── verified.json   how the files were when their checksums were last compared
    ├── head            what has been published since, see head.py
    ├── tantivy/        the text index
    ├── static/*.npy    arrays that never change
    ├── *.col           one row a book, room for more
    ├── *.start *.values, *.names.start *.names.text, documents.start documents.json
    └── deletes.col     ordinals of tombstones
"""

import os
import re
import shutil
from pathlib import Path

FORMAT = 5
"""Raised whenever a reader of the former code could not read what is written now."""

CURRENT = "CURRENT"
HEAD = "head"
LOCK = "writer.lock"
MANIFEST = "manifest.json"
STATIC = "static"
TANTIVY = "tantivy"
SPOOL = "texts"
DELETES = "deletes.col"
LIST_LENGTH = "list_length"
DOCUMENTS = "documents"
TERMS = "terms"
VERIFIED = "verified.json"


_NAME = re.compile(rb"g\d{6,}")


def column_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.col"


def start_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.start"


def values_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.values"


def generation_name(number: int) -> str:
    return f"g{number:06d}"


def generations(folder: Path) -> list[Path]:
    """Complete generations, oldest first."""
    return sorted(path for path in folder.glob("g[0-9]*") if path.is_dir())


def current(folder: Path) -> Path | None:
    """The generation readers open; None before the first one."""
    try:
        name = (folder / CURRENT).read_bytes().strip()
    except FileNotFoundError:
        return None
    return folder / name.decode() if _NAME.fullmatch(name) else None


def next_name(folder: Path) -> str:
    taken = [int(path.name[1:]) for path in generations(folder)]
    return generation_name(max(taken, default=0) + 1)


def switch(folder: Path, name: str) -> None:
    """Make a generation the current one; a crash leaves the old or the new, nothing between."""
    replace(folder / CURRENT, f"{name}\n".encode())


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.tmp")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Bring a file to the disk; a folder is passed over."""
    if path.is_file():
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_leftovers(folder: Path) -> None:
    """Remove what an interrupted build left behind; only the writer may."""
    now = current(folder)
    unseen = [path for path in generations(folder) if now is None or path.name > now.name]
    for path in (*folder.glob(".g*.tmp"), *unseen):
        shutil.rmtree(path, ignore_errors=True)


def keep_last_two(folder: Path) -> None:
    """Remove generations older than the one before the current: a slow reader may still open it."""
    now = current(folder)
    if now is not None:
        for path in [path for path in generations(folder) if path.name < now.name][:-1]:
            shutil.rmtree(path, ignore_errors=True)
