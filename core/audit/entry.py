"""Entries of the audit log, each sealed with the one before it, and how a break is found."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID

from msgspec import Struct

from core.audit.actor import Actor

GENESIS: Final = bytes(32)
"""What stands before the first entry of a store."""
_SEPARATOR: Final = "\x1f"


class Entry(Struct, frozen=True, kw_only=True):
    """seq: 1, 2, 3 … in its store. subject: id or name of what was acted on. detail: JSON text.

    previous and digest: seals of the entry before and of this one.
    """

    store_id: UUID
    seq: int
    at: datetime
    actor: Actor
    action: str
    subject: str
    detail: str
    previous: bytes
    digest: bytes


class Flaw(Struct, frozen=True):
    """kind: edited, removed (no entry of that number is left) or reordered."""

    kind: Literal["edited", "removed", "reordered"]
    seq: int
    told: str


def seal(
    *,
    store_id: UUID,
    seq: int,
    at: datetime,
    actor: Actor,
    action: str,
    subject: str,
    detail: str,
    previous: bytes,
) -> bytes:
    """SHA-256 over the seal before and every field; at: to the microsecond, any zone."""
    fields: tuple[Any, ...] = (
        seq,
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        actor.via,
        actor.id or "",
        actor.role,
        actor.credential or "",
        actor.request_id,
        action,
        subject,
        detail,
    )
    text = _SEPARATOR.join(map(str, fields))
    return hashlib.sha256(previous + store_id.bytes + text.encode()).digest()


def sealed_as(entry: Entry, seq: int) -> bytes:
    """What the seal would be if the entry had that number."""
    return seal(
        store_id=entry.store_id,
        seq=seq,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
        previous=entry.previous,
    )


def flaws_in(entries: Iterable[Entry], *, last_seq: int, last_digest: bytes) -> list[Flaw]:
    """Every break of a store's chain. entries: in order of seq; last: what the head remembers."""
    suspect: list[Entry] = []
    flaws: list[Flaw] = []
    before, seal_before = 0, GENESIS
    for entry in entries:
        gap = entry.seq > before + 1
        flaws += _missing(before + 1, entry.seq)
        broken = entry.previous != seal_before and not gap
        if broken or sealed_as(entry, entry.seq) != entry.digest:
            suspect.append(entry)
        before, seal_before = entry.seq, entry.digest
    flaws += _missing(before + 1, last_seq + 1)
    if before == last_seq and seal_before != last_digest:
        flaws.append(Flaw("edited", before, "the head of the chain remembers another seal"))
    flaws += _judged(suspect)
    return sorted(flaws, key=lambda flaw: flaw.seq)


def _missing(first: int, end: int) -> Iterator[Flaw]:
    if end > first:
        which = f"{first}" if end == first + 1 else f"{first} to {end - 1}"
        yield Flaw("removed", first, f"entry {which} is gone")


def _judged(suspect: list[Entry]) -> Iterator[Flaw]:
    numbers = [entry.seq for entry in suspect]
    for entry in suspect:
        was = next((seq for seq in numbers if sealed_as(entry, seq) == entry.digest), None)
        if was is None:
            told = f"{entry.action} of {entry.at:%Y-%m-%d %H:%M:%S} is not what was sealed"
            yield Flaw("edited", entry.seq, told)
        elif was != entry.seq:
            yield Flaw("reordered", entry.seq, f"this was entry {was}")
        elif entry.seq - 1 not in numbers:
            yield Flaw("edited", entry.seq, "it is sealed, but not with the entry before it")
