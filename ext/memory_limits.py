"""Limits of one machine: quotas in a file that all workers map into memory."""

import contextlib
import hashlib
import mmap
import os
import time
from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path

from core.limits.gcra import take
from core.limits.policy import Policy

BUCKETS = 8192
SLOTS = 8
"""Of a bucket; when all are in use the one that is whole again first is given away."""
_WORDS = 2  # a slot's: digest of the key, time when the quota is whole
_BYTES = BUCKETS * SLOTS * _WORDS * 8
REMEMBERED = 10_000
PATIENCE_SECONDS = 0.005
_TRY = LOCK_EX | LOCK_NB

Take = Callable[[bytes], int]


def _clock() -> int:
    return time.monotonic_ns() // 1000  # one clock for all processes of a machine


class MappedLimits:
    """file: made if need be; 1 MiB for 65,536 quotas in use. now: microseconds.

    The kernel drops the lock of a process that dies. One that is stopped while it holds the lock
    makes the others wait for so many seconds and count without: then two may take the same place.
    """

    def __init__(
        self,
        file: Path,
        now: Callable[[], int] = _clock,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._descriptor, _BYTES)
        self._mapped = mmap.mmap(self._descriptor, _BYTES)
        self._words = memoryview(self._mapped).cast("q")
        self._now = now
        self._patience_seconds = patience_seconds

    def counter(self, policy: Policy) -> Take:
        """As `core.limits.counting.NodeCounter` says; a call costs about 2 µs."""
        places: dict[bytes, tuple[int, int]] = {}
        words, now, descriptor = self._words, self._now, self._descriptor
        interval_us, window_us = policy.interval_us, policy.window_us
        person = hashlib.blake2b(policy.name.encode(), digest_size=16).digest()

        def take_one(key: bytes) -> int:
            place = places.get(key)
            if place is None:
                if len(places) >= REMEMBERED:
                    places.clear()
                place = places[key] = _placed(person, key)
            digest, slot = place
            locked = self._lock()
            try:
                now_us = now()
                if words[slot] != digest:
                    slot = self._slot_of(digest, slot, now_us)
                    places[key] = digest, slot
                full_at_us, answer = take(words[slot + 1], now_us, interval_us, window_us)
                words[slot + 1] = full_at_us
            finally:
                if locked:
                    flock(descriptor, LOCK_UN)
            return answer

        return take_one

    def close(self) -> None:
        self._words.release()
        self._mapped.close()
        os.close(self._descriptor)

    def _slot_of(self, digest: int, near: int, now_us: int) -> int:
        """The key's slot in its bucket, taken over from another key where it has none yet."""
        words = self._words
        first = near - near % (SLOTS * _WORDS)
        slots = range(first, first + SLOTS * _WORDS, _WORDS)
        for slot in slots:
            if words[slot] == digest:
                return slot
        given = min(slots, key=lambda slot: words[slot + 1] if words[slot] else 0)
        words[given], words[given + 1] = digest, now_us
        return given

    def _lock(self) -> bool:
        try:
            flock(self._descriptor, _TRY)
        except BlockingIOError:
            return self._lock_soon()
        return True

    def _lock_soon(self) -> bool:
        until = time.monotonic() + self._patience_seconds
        while time.monotonic() < until:
            os.sched_yield()
            with contextlib.suppress(BlockingIOError):
                flock(self._descriptor, _TRY)
                return True
        return False


def _placed(person: bytes, key: bytes) -> tuple[int, int]:
    """What names the key in the file, and the first slot of its bucket."""
    raw = hashlib.blake2b(key, digest_size=12, person=person).digest()
    digest = int.from_bytes(raw[:8], "big", signed=True) or 1  # 0 marks an empty slot
    return digest, int.from_bytes(raw[8:], "big") % BUCKETS * SLOTS * _WORDS
