"""Sealed fields by AES-256-GCM, with a ring of keys in files.

A sealed value is a byte that names this format, 4 that name the key, 12 of nonce, then the
ciphertext with its tag of 16. Format, key and place are authenticated with it. Nonces are random,
so a key is good for 2^32 values. Source: NIST SP 800-38D §8.2.2, §8.3.
"""

import contextlib
import hashlib
import os
import secrets
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from core.kernel.errors import Unavailable
from core.privacy.sealing import FieldUnreadable, Place
from ext.watched_file import WatchedFile

FORMAT = b"\x01"
KEY_BYTES = 32
ID_BYTES = 4
NONCE_BYTES = 12
PREFIX_BYTES = len(FORMAT) + ID_BYTES
_LEAST = PREFIX_BYTES + NONCE_BYTES + 16
SETTLED_SECONDS = 3600
"""After so long nobody commits any more what was sealed before a rotation."""
REMEDY = "point BOOKWHEEL_FIELD_KEY_FILE at a file of `openssl rand -base64 32`"
_RESTORE = "restore the row from a backup"


class BadFieldKey(Unavailable): ...


class _Keys(Struct, frozen=True):
    """by_prefix: every key that opens, by what its values begin with."""

    prefix: bytes
    by_prefix: dict[bytes, AESGCM]


class FieldKeys:
    """file: the key that seals, 32 bytes in base64, made where there is none.

    Every `<stem>.<any name>.key` beside it opens, too: keys that sealed before, or will. What
    another process changes is seen at the next use. Raises BadFieldKey.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        if not file.exists():
            _make(file)
        try:
            self._keys = WatchedFile(file, self._read, BadFieldKey)
        except OSError as error:
            raise BadFieldKey(f"{file}: {error}", remedy=REMEDY) from error

    def seal(self, plain: bytes, place: Place) -> bytes:
        keys = self._keys.said()
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = keys.by_prefix[keys.prefix]
        return keys.prefix + nonce + cipher.encrypt(nonce, plain, _bound(keys.prefix, place))

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Raises FieldUnreadable."""
        prefix, rest = bytes(sealed[:PREFIX_BYTES]), sealed[PREFIX_BYTES:]
        cipher = self._keys.said().by_prefix.get(prefix)
        if len(sealed) < _LEAST or prefix[:1] != FORMAT:
            raise FieldUnreadable(f"{place} holds nothing that was sealed", remedy=_RESTORE)
        if cipher is None:
            raise FieldUnreadable(
                f"{place} is sealed with key {prefix[1:].hex()}, which is not here",
                remedy=f"put the key's file beside {self._file.name}",
            )
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(prefix, place))
        except InvalidTag as error:
            raise FieldUnreadable(
                f"{place} is damaged, or was moved there from elsewhere", remedy=_RESTORE
            ) from error

    def current_prefix(self) -> bytes:
        return self._keys.said().prefix

    def ids(self) -> list[str]:
        """Of all keys that open, in hex; the one that seals comes first."""
        keys = self._keys.said()
        others = sorted(prefix for prefix in keys.by_prefix if prefix != keys.prefix)
        return [prefix[1:].hex() for prefix in (keys.prefix, *others)]

    def _read(self) -> _Keys:
        others = [_key(path) for path in _others(self._file)]
        current = _key(self._file)
        return _Keys(_prefix(current), {_prefix(key): AESGCM(key) for key in (*others, current)})


def rotate(file: Path) -> str:
    """Seal with a new key from now on; its id. What old keys sealed goes on being opened.

    Raises BadFieldKey where the folder cannot be written, as that of a mounted secret.
    """
    FieldKeys(file)
    try:
        with _locked(file.parent):
            old = _key(file)
            draft = _draft(file.parent, old)
            draft.replace(file.with_name(_replaced_name(file, old)))
            # Only now: at no moment is there a key that sealed and does not open.
            _draft(file.parent, secrets.token_bytes(KEY_BYTES)).replace(file)
            return _id(_key(file))
    except OSError as error:
        raise BadFieldKey(f"{file}: {error}", remedy=REMEDY) from error


def forget(file: Path, needed: set[bytes], *, now: float) -> list[str]:
    """Remove keys that a rotation replaced an hour ago or more and that are not needed; their ids.

    needed: the first bytes of everything that is sealed, as far as a key's id. Raises BadFieldKey.
    """
    gone = []
    try:
        with _locked(file.parent):
            for path in _others(file):
                key = _key(path)
                replaced = path.name == _replaced_name(file, key)  # not one prepared by hand
                settled = path.stat().st_mtime < now - SETTLED_SECONDS
                if replaced and settled and _prefix(key) not in needed:
                    path.unlink()
                    gone.append(_id(key))
    except OSError as error:
        raise BadFieldKey(f"{file}: {error}", remedy=REMEDY) from error
    return gone


def _replaced_name(file: Path, key: bytes) -> str:
    return f"{file.stem}.{_id(key)}.key"


def _bound(prefix: bytes, place: Place) -> bytes:
    return prefix + str(place).encode()


def _prefix(key: bytes) -> bytes:
    # A digest names the key; that of a random key tells nothing of it.
    return FORMAT + hashlib.blake2b(key, digest_size=ID_BYTES, person=b"field-key").digest()


def _id(key: bytes) -> str:
    return _prefix(key)[len(FORMAT) :].hex()


def _key(file: Path) -> bytes:
    try:
        key = b64decode(file.read_bytes().strip(), validate=True)
    except (OSError, ValueError) as error:
        raise BadFieldKey(f"{file}: {error}", remedy=REMEDY) from error
    if len(key) != KEY_BYTES:
        raise BadFieldKey(f"{file} holds no key of {KEY_BYTES} bytes in base64", remedy=REMEDY)
    return key


def _others(file: Path) -> Iterator[Path]:
    yield from sorted(file.parent.glob(f"{file.stem}.*.key"))


def _make(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(file.parent, secrets.token_bytes(KEY_BYTES))
        with contextlib.suppress(FileExistsError):  # another process was first: use its key
            file.hardlink_to(draft)
        draft.unlink()
    except OSError as error:
        raise BadFieldKey(f"{file}: {error}", remedy=REMEDY) from error


def _draft(folder: Path, key: bytes) -> Path:
    """A key in a file of a name that nobody looks for, closed to others. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".field-")  # mode 0600
    with os.fdopen(descriptor, "wb") as draft:
        draft.write(b64encode(key) + b"\n")
        draft.flush()
        os.fsync(draft.fileno())
    return Path(name)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        os.close(descriptor)
