"""Models in an object store: published from one node, fetched by the others.

<url>/<store>/
├── CURRENT                                the version that nodes serve, written last
├── 20261121T021502-9f0c2ab4/              manifest.json and one .npy file an array
└── 20261120T020007-17e4d1c0/              the one before, kept to go back to
"""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from core.kernel.errors import Unavailable
from core.recommendations.manifest import Manifest
from core.recommendations.model import ARRAY_TYPES, BrokenModel
from ext.model_files import CURRENT, MANIFEST, adopt, alone, read_manifest, version_in

FETCH_SECONDS = 5.0
"""Between looks of a worker for another model."""

VERSION = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")

Answer = TypeVar("Answer")


class StoreAway(Unavailable): ...


class ModelStore:
    """One store's models by URL: file:///folder, s3://bucket/prefix and what else obstore opens,
    with the credentials of the environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, …)."""

    def __init__(self, url: str, slug: str) -> None:
        """Raises StoreAway for a URL that names no store."""
        self._url = url
        self._slug = slug
        if url.startswith("file:"):
            self._store: ObjectStore = self._asked(lambda: from_url(url, mkdir=True))
        else:
            self._store = self._asked(lambda: from_url(url))

    def current(self) -> str | None:
        """The version that nodes are to serve, None before the first. Raises StoreAway."""
        try:
            told = self._asked(lambda: obstore.get(self._store, self._name(CURRENT)).bytes())
        except FileNotFoundError:
            return None
        version = bytes(told).decode(errors="replace")
        if not VERSION.fullmatch(version):
            raise BrokenModel(f"{self._url}/{self._name(CURRENT)} names no version")
        return version

    def push(self, directory: Path) -> None:
        """Hand on a whole model, its manifest behind its arrays and CURRENT behind both.

        Killed at any instant it leaves the old model or the new one; the one before is kept,
        older ones go. Raises StoreAway.
        """
        version = read_manifest(directory / MANIFEST).version
        for path in sorted(directory.glob("*.npy")):
            self._put(f"{version}/{path.name}", path)
        self._put(f"{version}/{MANIFEST}", directory / MANIFEST)
        self.point(version)
        self._forget_older(version)

    def point(self, version: str) -> None:
        """Let nodes serve this version, which is there. Raises StoreAway."""
        self._asked(lambda: obstore.put(self._store, self._name(CURRENT), version.encode()))

    def pull(self, version: str, building: Path) -> Manifest:
        """Write a model into a directory. Raises StoreAway, and BrokenModel where a piece is
        missing or has another name than a model's."""
        try:
            self._get(f"{version}/{MANIFEST}", building / MANIFEST)
            manifest = read_manifest(building / MANIFEST)
            if manifest.version != version:
                raise BrokenModel(f"the manifest of model {version} names {manifest.version!r}")
            for file in manifest.files:
                if file.name not in ARRAY_TYPES:
                    raise BrokenModel(f"model {version} has a strange array {file.name!r}")
                self._get(f"{version}/{file.name}.npy", building / f"{file.name}.npy")
        except FileNotFoundError as error:
            raise BrokenModel(f"a piece of model {version} is missing: {error}") from error
        return manifest

    def _forget_older(self, version: str) -> None:
        listed = self._asked(
            lambda: obstore.list_with_delimiter(self._store, prefix=f"{self._slug}/")
        )
        others = [prefix.rpartition("/")[2] for prefix in listed["common_prefixes"]]
        for other in sorted(name for name in others if name != version)[:-1]:
            self._asked(lambda other=other: self._delete(other))  # type: ignore[misc]

    def _delete(self, version: str) -> None:
        held = obstore.list_with_delimiter(self._store, prefix=self._name(version) + "/")
        paths = [file["path"] for file in held["objects"]]
        # Without its manifest first: a half-deleted model must not look like one.
        for path in sorted(paths, key=lambda path: not path.endswith(MANIFEST)):
            obstore.delete(self._store, path)

    def _put(self, name: str, path: Path) -> None:
        self._asked(lambda: obstore.put(self._store, self._name(name), path))

    def _get(self, name: str, path: Path) -> None:
        def get() -> None:
            with path.open("wb") as file:
                for chunk in obstore.get(self._store, self._name(name)).stream():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())

        self._asked(get)

    def _name(self, name: str) -> str:
        return f"{self._slug}/{name}"

    def _asked(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except FileNotFoundError:
            raise
        except (BaseError, OSError, ValueError) as error:
            first = str(error).strip().partition("\n")[0]
            raise StoreAway(
                f"the object store {self._url} does not answer: {first}",
                remedy="look at BOOKWHEEL_MODELS_URL and the credentials in the environment",
            ) from error


class Fetching:
    """Brings what an object store says is current into a node's folder; one for each worker."""

    def __init__(
        self, store: ModelStore, folder: Path, *, every_seconds: float = FETCH_SECONDS
    ) -> None:
        self._store = store
        self._folder = folder
        self._every_seconds = every_seconds
        self._due = 0.0
        self._refused: str | None = None
        self._why: BrokenModel | None = None

    def __call__(self) -> None:
        """Look whether it is time, and fetch what is new; one worker of a node does.

        A model that is damaged is fetched once and refused. Raises StoreAway and BrokenModel.
        """
        if time.monotonic() < self._due:
            if self._why is not None:
                raise self._why
            return
        self._due = time.monotonic() + self._every_seconds
        version = self._store.current()
        if version == self._refused and self._why is not None:
            raise self._why
        self._refused = self._why = None
        if version is not None and version != version_in(self._folder):
            self._fetch(version)

    def _fetch(self, version: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with alone(self._folder, wait=False) as held:
            if not held or version == version_in(self._folder):
                return
            try:
                adopt(self._folder, lambda building: self._store.pull(version, building))
            except BrokenModel as error:
                self._refused, self._why = version, error
                raise
