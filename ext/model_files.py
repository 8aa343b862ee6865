"""Models on disk: a directory each, published whole or not at all, mapped by every worker.

<folder>/
├── CURRENT → 20261121T021502-9f0c2ab4     the symlink that a publication swaps
├── 20261121T021502-9f0c2ab4/              manifest.json, one .npy file an array, compared.json
├── 20261120T020007-17e4d1c0/              the one before, kept to go back to
└── LOCK                                   held while publishing
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.kernel.errors import Unavailable
from core.recommendations.manifest import ArrayFile, Manifest
from core.recommendations.model import BrokenModel, Model, model_of
from ext.compared_files import ComparedFiles
from ext.npy_files import map_array

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
NEXT = ".CURRENT.next"
UNFINISHED = ".unfinished-"


def keep_here(directory: Path) -> None:
    """A model is for this node alone."""


def publish(
    folder: Path,
    arrays: Mapping[str, NDArray[Any]],
    manifest: Manifest,
    push: Callable[[Path], None] = keep_here,
) -> Manifest:
    """Write a model beside the current one, check it as a reader will, and switch to it.

    A process killed at any instant leaves the old model or the new one. push: hands the whole
    directory on before the switch; what it raises leaves the old model. Returns the manifest
    with its version (time and a digest of the arrays) and files filled in. The model before is
    kept, older ones go. Raises BrokenModel where the arrays do not fit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        building = _emptied(folder)
        finished = _write(building, arrays, manifest)
        _take(folder, building, finished, push)
    return finished


def adopt(folder: Path, fill: Callable[[Path], Manifest]) -> None:
    """Switch to a model that `fill` writes into a directory and whose manifest it returns.

    Hold the folder with `alone`. Raises BrokenModel where it is not what its manifest says.
    """
    building = _emptied(folder)
    manifest = fill(building)
    _sync_folder(building)
    _take(folder, building, manifest, keep_here)


def _emptied(folder: Path) -> Path:
    """A new directory to write into; what killed processes left is gone."""
    for remains in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(remains)
    building = folder / f"{UNFINISHED}{os.getpid()}"
    building.mkdir()
    return building


def _take(folder: Path, building: Path, manifest: Manifest, push: Callable[[Path], None]) -> None:
    _read(building, manifest)
    push(building)
    target = folder / manifest.version
    if not target.exists():
        building.rename(target)
    _sync_folder(folder)
    _switch(folder, manifest.version)
    _forget_older(folder, manifest.version)


def version_in(folder: Path) -> str | None:
    """The version of the current model, None where none was published."""
    try:
        return (folder / CURRENT).readlink().name
    except OSError:
        return None


def manifest_of(folder: Path) -> Manifest | None:
    """The manifest of the current model, None where none was published."""
    path = folder / CURRENT / MANIFEST
    return read_manifest(path) if path.exists() else None


class ModelReader:
    """The current model of a folder, mapped; one for each worker and store.

    fetch: brings a newer model into the folder before each look; what it raises is remembered
    as a fault, and the model there goes on serving.
    """

    def __init__(self, folder: Path, fetch: Callable[[], None] | None = None) -> None:
        self._folder = folder
        self._fetch = fetch
        self._not_fetched: Unavailable | None = None
        self._model: Model | None = None
        self._seen: str | None = None
        self._fault: Unavailable | None = None

    def current(self) -> Model | None:
        """The newest model that could be read, None before the first: asks no disk."""
        return self._model

    def fault(self) -> Unavailable | None:
        """Why the published model is not the one that serves, None where it is."""
        return self._fault or self._not_fetched

    def refresh(self, ready: Callable[[Model], object] = lambda model: None) -> bool:
        """Look whether another model was published; True where it now serves.

        ready: told of a model before it serves.

        Without news one readlink. News that nobody on this machine has compared yet are read whole,
        which may take a second for a large model: call it off the event loop. A model that fails
        is refused once, remembered in `fault`, and the one before goes on serving.
        """
        if self._fetch is not None:
            try:
                self._fetch()
                self._not_fetched = None
            except Unavailable as error:
                self._not_fetched = error
        version = version_in(self._folder)
        if version is None or version == self._seen:
            return False
        try:
            model = load(self._folder / version)
            ready(model)
            self._model, self._fault = model, None
        except BrokenModel as error:
            if not (self._folder / version).exists():  # replaced while we read: look again
                return False
            self._fault = error
        self._seen = version
        return self._fault is None


def load(directory: Path) -> Model:
    """Map a published model; every byte was checked, once since the machine started.

    Raises BrokenModel for a damaged one.
    """
    return _read(directory, read_manifest(directory / MANIFEST))


def read_manifest(path: Path) -> Manifest:
    """Raises BrokenModel."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, OSError) as error:
        raise BrokenModel(f"{path} cannot be read: {error}") from error


def _read(directory: Path, manifest: Manifest) -> Model:
    arrays, compared = {}, ComparedFiles(directory)
    for file in manifest.files:
        path = directory / f"{file.name}.npy"
        try:
            if not compared.knows(path) and _digest(path) != file.blake2b:
                raise BrokenModel(f"{path} is not what was published", remedy="train again")
            arrays[file.name] = map_array(path)
        except (OSError, ValueError) as error:
            raise BrokenModel(f"{path} cannot be read: {error}", remedy="train again") from error
    model = model_of(manifest.version, manifest.parameters, arrays)
    compared.keep()
    return model


def _write(building: Path, arrays: Mapping[str, NDArray[Any]], manifest: Manifest) -> Manifest:
    files = []
    for name, array in arrays.items():
        path = building / f"{name}.npy"
        with path.open("wb") as file:
            np.save(file, np.ascontiguousarray(array), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        files.append(ArrayFile(name, path.stat().st_size, _digest(path)))
    digests = "".join(file.blake2b for file in files)
    digest = hashlib.blake2b(digests.encode(), digest_size=4).hexdigest()
    version = f"{manifest.trained_at.astimezone(UTC):%Y%m%dT%H%M%S}-{digest}"
    finished = msgspec.structs.replace(manifest, version=version, files=tuple(files))
    with (building / MANIFEST).open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(finished)))
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(building)
    return finished


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _switch(folder: Path, version: str) -> None:
    link = folder / NEXT
    link.unlink(missing_ok=True)
    link.symlink_to(version)
    link.replace(folder / CURRENT)
    _sync_folder(folder)


def _forget_older(folder: Path, version: str) -> None:
    """Keep the current model and the newest other one. Mapped files outlive their names."""
    others = [path for path in folder.glob("2*-*") if path.name != version]
    for path in sorted(others)[:-1]:
        # Under another name first: a half-deleted directory must not look like a model.
        doomed = folder / f"{UNFINISHED}{path.name}"
        path.rename(doomed)
        shutil.rmtree(doomed)


@contextmanager
def alone(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the folder; False, and it is not held, where somebody else does and we do not wait."""
    with (folder / "LOCK").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
