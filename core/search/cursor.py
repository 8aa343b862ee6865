"""Cursors: where a list goes on, signed so that nobody else can write one."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

import msgspec
from msgspec import Struct

from core.kernel.errors import Fault, Invalid

SIGNATURE_BYTES = 10
_encode = msgspec.msgpack.Encoder().encode


class Cursor(Struct, frozen=True, array_like=True):
    """query: fingerprint of what was asked. value, book: what the last shown book was sorted by
    and its id, for sorted lists; offset: books shown so far, for lists by relevance; order: the
    name of the order that they were shown in.
    """

    query: bytes
    offset: int
    value: float
    book: bytes
    order: str = ""


def fingerprint(parts: object) -> bytes:
    """Eight bytes that differ for different questions. parts: what msgpack can tell."""
    return hashlib.blake2b(_encode(parts), digest_size=8).digest()


def write(cursor: Cursor, secret: bytes) -> str:
    body = _encode(cursor)
    return urlsafe_b64encode(_signature(body, secret) + body).rstrip(b"=").decode()


def read(text: str, secret: bytes, *, query: bytes) -> Cursor:
    """Raises Invalid for a cursor that was not written here or for another question."""
    fault = Fault("cursor", "is not one that this search gave")
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, body = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _signature(body, secret)):
            raise Invalid("cannot read cursor", faults=(fault,))
        cursor = msgspec.msgpack.decode(body, type=Cursor)
    except (Base64Error, ValueError, msgspec.DecodeError) as error:
        raise Invalid("cannot read cursor", faults=(fault,)) from error
    if cursor.query != query:
        fault = Fault("cursor", "belongs to another search: start again without it")
        raise Invalid("cannot go on", faults=(fault,))
    return cursor


def _signature(body: bytes, secret: bytes) -> bytes:
    return hashlib.blake2b(body, key=secret, digest_size=SIGNATURE_BYTES).digest()
