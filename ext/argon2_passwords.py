"""Password hashes by argon2id, off the event loop and a few at a time."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.kernel.errors import Unavailable

T = TypeVar("T")

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane; 35 to 42 ms here.
MEMORY_KIB = 19 * 1024
PASSES = 2


class PasswordsBusy(Unavailable): ...


class Argon2Passwords:
    """slots: hashes at once, each takes a core and 19 MiB; waiting: how many may queue for them.

    The thread that hashes releases the GIL; who comes when the queue is full gets PasswordsBusy.
    """

    def __init__(self, *, slots: int = 0, waiting: int = 16) -> None:
        self._slots = slots or max(1, (os.cpu_count() or 2) // 2)
        self._places = self._slots + waiting
        self._taken = 0
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        self._threads = ThreadPoolExecutor(self._slots, "argon2")
        self._decoy = ""

    async def hash(self, password: str) -> str:
        """The PHC string to store. Raises PasswordsBusy."""
        return await self.off_loop(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password made the hash; None takes as long as a wrong password.

        Raises PasswordsBusy.
        """
        return await self.off_loop(lambda: self._verified(stored, _normal(password)))

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verified(self, stored: str | None, password: str) -> bool:
        if not self._decoy:
            self._decoy = self._hasher.hash(os.urandom(16).hex())
        try:
            return self._hasher.verify(stored or self._decoy, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    async def off_loop(self, work: Callable[[], T]) -> T:
        """Other work on passwords through the same gate. Raises PasswordsBusy."""
        if self._taken >= self._places:
            raise PasswordsBusy("too many sign-ins at once", remedy="try again in a second")
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._taken -= 1


def _normal(password: str) -> str:
    # One keyboard's é is another's e + accent. Source: NIST SP 800-63B §3.1.1.2
    return unicodedata.normalize("NFKC", password)
