"""A password that somebody chose: held against every rule, then hashed."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from core.accounts.password_rules import Common, fault_in_password
from core.kernel.errors import Fault, Invalid

LEAST_GUESSES_LOG10: Final = 8.0
"""Fewer guesses than a hundred million are refused: zxcvbn's score 3 and 4 pass."""

Strength = Callable[[str, tuple[str, ...]], Awaitable[float]]
"""About how many guesses a password takes, as log10; names: what the guesser knows of its owner."""


class Hashes(Protocol):
    async def hash(self, password: str) -> str: ...


class NewPasswords:
    def __init__(self, hashes: Hashes, common: Common, strength: Strength) -> None:
        self._hashes = hashes
        self.common = common
        self._strength = strength

    async def accepted(self, password: str, names: tuple[str, ...], pointer: str) -> str:
        """The hash to store. Raises Invalid that points there, Unavailable where many are at it."""
        fault = fault_in_password(password, common=self.common, names=names)
        if fault is None and await self._strength(password, names) < LEAST_GUESSES_LOG10:
            fault = "is soon guessed: add a word or two that do not belong together"
        if fault is not None:
            raise Invalid("the password breaks a rule", faults=(Fault(pointer, fault),))
        return await self._hashes.hash(password)
