"""Choices that look like chance and are the same for the same bytes, on every machine."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Choice = TypeVar("Choice")


class Dice:
    """A stream of numbers from a seed; `random` promises its stream to no version of Python."""

    def __init__(self, seed: bytes) -> None:
        self._block = seed
        self._left = b""

    def below(self, limit: int) -> int:
        """0 to limit - 1; limit is far below 65536, so the bias of the modulus does not show."""
        if len(self._left) < 2:
            self._block = blake2b(self._block, digest_size=32).digest()
            self._left = self._block
        number, self._left = int.from_bytes(self._left[:2], "big"), self._left[2:]
        return number % limit

    def between(self, low: int, high: int) -> int:
        """low to high, both included."""
        return low + self.below(high - low + 1)

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.below(len(choices))]
