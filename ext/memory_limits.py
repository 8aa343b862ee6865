"""Limits of one machine: quotas in a file that all workers map into memory."""

import contextlib
import hashlib
import mmap
import os
import time
from collections.abc import Callable, Iterator
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, lockf
from pathlib import Path

from core.limits.gcra import take
from core.limits.policy import Policy
from ext.boot import boot_id

BUCKETS = 8192
SLOTS = 8
"""Of a bucket; when all are in use the one that is whole again first is given away."""
WORKERS = 64
"""With cells of their own; more would share the last one's, and may lose a count there."""
REMEMBERED = 10_000
PATIENCE_SECONDS = 0.005
_QUOTAS = BUCKETS * SLOTS
_BYTES = 8 * (2 + WORKERS) * _QUOTAS + mmap.PAGESIZE
# Bytes of the file that are locked, behind those that stand for workers.
_CHANGING, _BEGINNING = WORKERS, WORKERS + 1

Take = Callable[[bytes], int]


def _clock() -> int:
    return time.monotonic_ns() // 1000  # one clock for all processes of a machine


class MappedLimits:
    """file: made if need be; 1 MiB for 65,536 quotas in use, and half of one for each worker.

    A quota is whole at its origin plus all that was ever taken of it, in microseconds of its
    window. What a worker takes it adds up in a cell of its own, then looks at the sum of all cells
    and takes its own part back where that is too much: nobody waits, no count is lost, and no more
    pass than the quota. The origin moves on when a whole quota is taken from: where workers do so
    at once, one more may pass for each further worker, and one that is stopped just then gives
    back what comes back meanwhile. Who takes the cells of a dead worker goes on with its sums.
    """

    def __init__(
        self,
        file: Path,
        now: Callable[[], int] = _clock,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """now: microseconds. patience_seconds: to wait for another that gives a slot to a key."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._now = now
        self._patience_seconds = patience_seconds
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._descriptor, _BYTES)  # grows with holes
        self._mapped = mmap.mmap(self._descriptor, _BYTES)
        words = memoryview(self._mapped).cast("q")
        self._digests = words[:_QUOTAS]
        self._origins = words[_QUOTAS : 2 * _QUOTAS]
        self._taken = words[2 * _QUOTAS : (2 + WORKERS) * _QUOTAS]
        self._state = words[-2:]  # the boot that began it; how many workers have cells
        worker = self._begin()
        self._own = self._taken[worker * _QUOTAS : (worker + 1) * _QUOTAS]

    def counter(self, policy: Policy) -> Take:
        """As `core.limits.counting.NodeCounter` says; a call costs about 1 µs."""
        places: dict[bytes, tuple[int, int]] = {}
        digests, origins, own, taken_of = self._digests, self._origins, self._own, self._taken_of
        interval_us, window_us, now = policy.interval_us, policy.window_us, self._now
        # A policy that is changed begins anew.
        named = f"{policy.name}={policy.quota}/{policy.window_seconds}"
        person = hashlib.blake2b(named.encode(), digest_size=16).digest()

        def take_one(key: bytes) -> int:
            place = places.get(key)
            if place is None:
                if len(places) >= REMEMBERED:
                    places.clear()
                place = places[key] = _placed(person, key)
            digest, slot = place
            if digests[slot] != digest:
                slot = self._slot_of(digest, slot)
                places[key] = digest, slot
            now_us = now()
            own[slot] += interval_us
            taken = taken_of(slot)
            full_at_us = origins[slot] + taken - interval_us
            # What others are about to put back may make it more than a quota.
            full_at_us = min(full_at_us, now_us + window_us)
            full_at_us, answer = take(full_at_us, now_us, interval_us, window_us)
            if answer < 0:
                own[slot] -= interval_us
            elif full_at_us - taken > origins[slot]:
                origins[slot] = full_at_us - taken
            return answer

        return take_one

    def close(self) -> None:
        for words in (self._digests, self._origins, self._taken, self._own, self._state):
            words.release()
        self._mapped.close()
        os.close(self._descriptor)

    def _taken_of(self, slot: int) -> int:
        """By all workers, in microseconds."""
        return sum(self._taken[slot : self._state[1] * _QUOTAS : _QUOTAS])

    def _slot_of(self, digest: int, near: int) -> int:
        """The key's slot in its bucket, taken over from another key where it has none yet."""
        first = near - near % SLOTS
        slots = range(first, first + SLOTS)
        with self._locked():
            for slot in slots:
                if self._digests[slot] == digest:
                    return slot
            given = min(slots, key=self._full_at)
            self._origins[given] = self._now() - self._taken_of(given)
            self._digests[given] = digest
        return given

    def _full_at(self, slot: int) -> int:
        return self._origins[slot] + self._taken_of(slot) if self._digests[slot] else 0

    def _begin(self) -> int:
        """Take cells, and at another start of the machine, whose clock began anew, forget all
        quotas. One worker at a time."""
        lockf(self._descriptor, LOCK_EX, 1, _BEGINNING)
        boot = _number(hashlib.blake2b(boot_id().encode(), digest_size=8).digest())
        if self._state[0] != boot:
            self._mapped[: 8 * _QUOTAS] = bytes(8 * _QUOTAS)
            self._state[0], self._state[1] = boot, 0
        # The first that no living worker has: the kernel drops the lock of a process that dies.
        worker = next(filter(self._lock, range(WORKERS)), WORKERS - 1)
        self._state[1] = max(self._state[1], worker + 1)
        lockf(self._descriptor, LOCK_UN, 1, _BEGINNING)
        return worker

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Slots change hands one at a time. The kernel drops the lock of a process that dies; one
        that is stopped while it holds it makes others wait for so long and go on without."""
        until = time.monotonic() + self._patience_seconds
        while not (locked := self._lock(_CHANGING)) and time.monotonic() < until:
            os.sched_yield()
        try:
            yield
        finally:
            if locked:
                lockf(self._descriptor, LOCK_UN, 1, _CHANGING)

    def _lock(self, place: int) -> bool:
        with contextlib.suppress(BlockingIOError):
            lockf(self._descriptor, LOCK_EX | LOCK_NB, 1, place)
            return True
        return False


def _placed(person: bytes, key: bytes) -> tuple[int, int]:
    """What names the key in the file, and a slot of its bucket."""
    raw = hashlib.blake2b(key, digest_size=12, person=person).digest()
    return _number(raw[:8]), int.from_bytes(raw[8:], "big") % BUCKETS * SLOTS


def _number(digest: bytes) -> int:
    return int.from_bytes(digest, "big", signed=True) or 1  # 0 marks what is empty
