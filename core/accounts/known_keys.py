"""The API keys that a process knows: looked up in a dict, told of by a feed."""

import hmac
import time
from collections.abc import Callable, Iterable
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from core.accounts.api_key import LONGEST_KEY, PREFIX_LENGTH, digest_of
from core.accounts.principal import BadToken, Principal
from core.kernel.errors import Unavailable


class Lock(Struct, frozen=True):
    """What one secret opens. until: Unix time, None for ever."""

    prefix: bytes
    digest: bytes
    until: float | None


class KeyNews(Struct, frozen=True):
    """A key as it is now; principal None: it is gone."""

    id: UUID
    principal: Principal | None = None
    locks: tuple[Lock, ...] = ()


class KeysTold(Struct, frozen=True):
    """until: where the next question begins; opaque. keys: some may have been told before."""

    until: str
    keys: tuple[KeyNews, ...]


class KeyFeed(Protocol):
    async def since(self, until: str | None) -> KeysTold:
        """None asks for all. Raises Unavailable."""
        ...

    async def used(self, at: dict[UUID, float]) -> None:
        """Note when keys were used, in Unix time. Raises Unavailable."""
        ...


class KnownKeys:
    """Verifying asks no database and takes about 2 µs. now: Unix time."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._known = False
        self._locks: dict[bytes, tuple[Lock, Principal, UUID]] = {}
        self._prefixes: dict[UUID, tuple[bytes, ...]] = {}
        self._used: dict[UUID, float] = {}

    def add(self, news: Iterable[KeyNews], *, every: bool = False) -> None:
        """every: there are no others."""
        self._known = True
        if every:
            self._locks, self._prefixes = {}, {}
        for key in news:
            for prefix in self._prefixes.pop(key.id, ()):
                self._locks.pop(prefix, None)
            if key.principal is None:
                continue
            self._prefixes[key.id] = tuple(lock.prefix for lock in key.locks)
            for lock in key.locks:
                self._locks[lock.prefix] = lock, key.principal, key.id

    def verify(self, key: bytes) -> Principal:
        """Whom the key speaks for. Raises BadToken; Unavailable before any key is known."""
        found = self._locks.get(key[:PREFIX_LENGTH])
        if found is None:
            if not self._known:
                raise Unavailable("API keys are not known yet", remedy="try again")
            raise _unknown()
        lock, principal, key_id = found
        if len(key) > LONGEST_KEY or not hmac.compare_digest(digest_of(key), lock.digest):
            raise _unknown()
        now = self._now()
        if lock.until is not None and lock.until <= now:
            raise BadToken("the API key has expired", remedy="make another")
        self._used[key_id] = now
        return principal

    def take_used(self) -> dict[UUID, float]:
        """When each key was used since the last call."""
        used, self._used = self._used, {}
        return used


def _unknown() -> BadToken:
    return BadToken("there is no such API key", remedy="GET /api/v1/api-keys lists yours")
