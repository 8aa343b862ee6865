"""An account that is taken back with everything that names its reader, and the proof of it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Invalid


class BadReceipt(Invalid): ...


class Erasure(Struct, frozen=True, kw_only=True):
    """erased: rows that are gone, by table; kept: rows that stay and name nobody any more."""

    id: UUID
    store: str
    erased_at: datetime
    erased: Mapping[str, int]
    kept: Mapping[str, int]


class Receipt(Struct, frozen=True, kw_only=True):
    """receipt: the erasure as a JWS of type erasure-receipt+jwt, to be kept by its reader."""

    erasure: Erasure
    model: str = "the next training of recommendations is without you"
    receipt: str


class Verified(Struct, frozen=True, kw_only=True):
    """on_record: the store knows of the erasure still."""

    erasure: Erasure
    on_record: bool


def digest_of(reader_id: UUID) -> bytes:
    """What is kept to know an erased reader again; the id is random and cannot be guessed."""
    return hashlib.sha256(b"erased reader\0" + reader_id.bytes).digest()
