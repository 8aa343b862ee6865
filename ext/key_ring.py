"""The keys of access tokens as files: one signs, those that signed before it verify for a while."""

import os
import re
import time
from collections.abc import Callable, Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from ext.jwt_tokens import REMEDY, BadSigningKey, key_id, new_key_file, signing_key
from ext.watched_file import WatchedFile

MARGIN_SECONDS = 60
"""Clocks of nodes may differ by so much."""


class _Keys(Struct, frozen=True):
    """retired: by id, with the time until which each verifies."""

    signing: Ed25519PrivateKey
    retired: dict[str, tuple[Ed25519PublicKey, float]]


class KeyRing:
    """file: the PEM key that signs, made where there is none.

    Beside it lie the public keys it replaced: `<stem>.retired-<any name>-<Unix time>.pem`, each
    good until that time. What another process changes is seen at the next use. Raises
    BadSigningKey.
    """

    def __init__(self, file: Path, now: Callable[[], float] = time.time) -> None:
        self._file = file
        self._now = now
        signing_key(file)
        self._keys = WatchedFile(file, self._read, BadSigningKey)

    def signing(self) -> Ed25519PrivateKey:
        return self._keys.said().signing

    def public(self, kid: str) -> Ed25519PublicKey | None:
        """The key of that id where it verifies still."""
        keys = self._keys.said()
        if kid == key_id(keys.signing.public_key()):
            return keys.signing.public_key()
        key, until = keys.retired.get(kid, (None, 0.0))
        return key if self._now() < until else None

    def every(self) -> list[Ed25519PublicKey]:
        """All that verify now; the one that signs comes first."""
        keys, now = self._keys.said(), self._now()
        retired = [key for key, until in keys.retired.values() if now < until]
        return [keys.signing.public_key(), *retired]

    def _read(self) -> _Keys:
        return _Keys(signing_key(self._file), dict(_retired(self._file)))


def rotate(file: Path, *, good_for_seconds: int, now: float) -> str:
    """Sign with a new key from now on; its id. The old one verifies for good_for_seconds more.

    Raises BadSigningKey where the folder cannot be written, as that of a mounted secret.
    """
    try:
        descriptor = os.open(file.parent, os.O_RDONLY)
        try:
            flock(descriptor, LOCK_EX)
            return _rotate(file, int(now), good_for_seconds + MARGIN_SECONDS)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise BadSigningKey(f"{file}: {error}", remedy=REMEDY) from error


def _rotate(file: Path, now: int, good_for_seconds: int) -> str:
    for old, until in _files(file):
        if until <= now:
            old.unlink()
    public = signing_key(file).public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    retired = f"{file.stem}.retired-{key_id(public)}-{now + good_for_seconds}.pem"
    draft = file.with_name(f".{retired}")
    draft.write_bytes(pem)
    draft.replace(file.with_name(retired))  # before the new key signs: no moment without it
    new_key_file(file.parent).replace(file)
    return key_id(signing_key(file).public_key())


def _retired(file: Path) -> Iterator[tuple[str, tuple[Ed25519PublicKey, float]]]:
    for path, until in _files(file):
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except (OSError, ValueError) as error:
            raise BadSigningKey(f"{path}: {error}", remedy="remove the file") from error
        if not isinstance(key, Ed25519PublicKey):
            raise BadSigningKey(f"{path} holds no Ed25519 key", remedy="remove the file")
        yield key_id(key), (key, until)


def _files(file: Path) -> Iterator[tuple[Path, float]]:
    form = re.compile(re.escape(file.stem) + r"\.retired-.*-(\d{1,12})\.pem")
    for path in sorted(file.parent.iterdir()):
        if found := form.fullmatch(path.name):
            yield path, float(found[1])
