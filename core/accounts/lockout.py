"""Lockout: guessing passwords gets slower, and nobody can be locked out for good by a stranger.

An attempt counts against its account and its address. From a place where the account's owner has
signed in before it counts against the pair of both alone: who guesses elsewhere cannot lock the
owner out there. Attempts are counted before the password is looked at, so that guesses made at
once are no more than guesses made in turn; addresses without an account are counted alike.
"""

import hashlib
from typing import Final, Protocol
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import BookwheelError

OF_ACCOUNT: Final = 5
OF_ADDRESS: Final = 20
"""Failures before a lock; an address may be shared by many."""
FIRST_SECONDS: Final = 900
LONGEST_SECONDS: Final = 3600
"""The lock after each further failure is twice as long, up to this."""
FORGOTTEN_SECONDS: Final = 86_400
"""Failures are forgotten when there was none for so long."""


class SignInLocked(BookwheelError):
    """Too many failures; the same for accounts that do not exist."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = max(1, retry_after_seconds)
        super().__init__(
            "too many sign-ins have failed",
            remedy=f"wait {self.retry_after_seconds} s, or sign in where you have done so before",
        )


class Attempt(Struct, frozen=True):
    """What one attempt is counted against; all are digests. place: of account and address."""

    store_id: UUID
    account: bytes
    address: bytes
    place: bytes
    known: bool = False
    """The account's owner has signed in at this address before."""

    @property
    def counted(self) -> tuple[tuple[bytes, int], ...]:
        """Digests and the failures that lock each."""
        if self.known:
            return ((self.place, OF_ACCOUNT),)
        return ((self.account, OF_ACCOUNT), (self.address, OF_ADDRESS))


def attempt_of(store_id: UUID, email: str, address: bytes) -> Attempt:
    """email: as given, in any case; address: of the client's network."""
    return Attempt(
        store_id,
        _digest(b"account", _name(email)),
        _digest(b"address", address),
        _digest(b"place", _name(email), address),
    )


def code_attempt_of(store_id: UUID, email: str, address: bytes) -> Attempt:
    """An attempt at the second factor: counted apart from passwords."""
    name = _name(email)
    return Attempt(
        store_id,
        _digest(b"account by code", name),
        _digest(b"address", address),
        _digest(b"place by code", name, address),
    )


def account_digests(email: str) -> tuple[bytes, ...]:
    """What stands for an account where attempts are counted."""
    return _digest(b"account", _name(email)), _digest(b"account by code", _name(email))


class Lockout(Protocol):
    async def begin(self, attempt: Attempt) -> Attempt:
        """Count the attempt as failed until told otherwise; the same, with `known` as it is.

        Raises SignInLocked.
        """
        ...

    async def succeeded(self, attempt: Attempt) -> None:
        """Forget the account's failures, take the address's back, remember the place."""
        ...

    async def recovered(self, attempt: Attempt) -> None:
        """Forget the account's failures and remember the place; nothing had begun."""
        ...

    async def withdrawn(self, attempt: Attempt) -> None:
        """The password was never looked at: count nothing."""
        ...


def _name(email: str) -> bytes:
    return email.strip().casefold().encode("utf-8", "surrogatepass")


def _digest(kind: bytes, *parts: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((kind, *parts))).digest()
