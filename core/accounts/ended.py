"""Sessions that have ended while access tokens of theirs are still good by the clock."""

import time
from collections.abc import Callable, Iterable
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from core.accounts.principal import BadToken, Principal


class Ended(Struct, frozen=True):
    """until: where the next question begins; opaque. Some may have been told before.

    erased: digests of readers who are gone, see `core.privacy.erasure.digest_of`.
    """

    until: str
    sessions: tuple[UUID, ...]
    erased: tuple[bytes, ...] = ()


class EndedFeed(Protocol):
    async def since(self, until: str | None) -> Ended:
        """None asks for all that may matter. Raises Unavailable."""
        ...


class EndedSessions:
    """What a process knows of them; asking costs a look into a dict.

    kept_seconds: as long as an access token may be good.
    """

    def __init__(self, kept_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._kept_seconds = kept_seconds
        self._now = now
        self._ended: dict[UUID, float] = {}

    def add(self, sessions: Iterable[UUID]) -> None:
        """Take them in, and forget those whose tokens have run out."""
        now = self._now()
        for session in sessions:
            self._ended.setdefault(session, now)
        stale = [each for each, added in self._ended.items() if now - added > self._kept_seconds]
        for each in stale:
            del self._ended[each]

    def check(self, principal: Principal) -> Principal:
        """The principal. Raises BadToken where its session has ended."""
        if principal.session in self._ended:
            raise BadToken("the session has ended", remedy="sign in again")
        return principal
