"""Identifiers: UUIDv7, which sort by the time they were made."""

import os
import time
from uuid import UUID


def new_id(now_ms: int | None = None) -> UUID:
    """Make a UUIDv7: 48 bits of Unix milliseconds, then 74 random bits. Source: RFC 9562 §5.7."""
    millis = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    return shaped_id(millis, os.urandom(10))


def shaped_id(now_ms: int, noise: bytes) -> UUID:
    """Shape 48 bits of milliseconds and 10 bytes of noise (random, or a digest) into a UUIDv7."""
    value = (now_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(noise[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
