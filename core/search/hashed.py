"""A mapped table from hashes to what carries them, and hashes of words with letters left out."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.search.ordering import stable_order

BASE = 0x9E37_79B9_7F4A_7C15
"""The hash of n letters is Σ code[i] · BASE^(n - 1 - i) modulo 2⁶⁴."""


def build(
    name: str, hashes: NDArray[np.uint64], owners: NDArray[np.integer[Any]]
) -> dict[str, NDArray[Any]]:
    """`<name>.hashes` ascending, `.owners` int32 beside them, `.buckets`: where each value of the
    hashes' highest bits begins."""
    order = stable_order(hashes)
    hashes = hashes[order]
    bits = max(1, len(hashes).bit_length() - 1)
    leading = (hashes >> np.uint64(64 - bits)).astype(np.int64)
    buckets = np.zeros((1 << bits) + 1, np.int64)
    np.cumsum(np.bincount(leading, minlength=1 << bits), out=buckets[1:])
    return {
        f"{name}.hashes": hashes,
        f"{name}.owners": owners[order].astype(np.int32),
        f"{name}.buckets": buckets.astype(np.int32),
    }


class Hashed:
    """Look-ups over what `build` made."""

    def __init__(self, name: str, static: dict[str, NDArray[Any]]) -> None:
        self._hashes = static.get(f"{name}.hashes", np.zeros(0, np.uint64))
        self._owners = static.get(f"{name}.owners", np.zeros(0, np.int32))
        self._buckets = static.get(f"{name}.buckets", np.zeros(3, np.int32))
        self._shift = np.uint64(65 - (len(self._buckets) - 1).bit_length())

    def find(self, wanted: NDArray[np.uint64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Who carries the hashes, and the place of each in `wanted`, ascending."""
        bucket = (wanted >> self._shift).astype(np.int64)
        first = self._buckets[bucket].astype(np.int64)
        length = self._buckets[bucket + 1] - first
        before = length.cumsum() - length
        asked = np.arange(len(wanted)).repeat(length)
        place = np.arange(len(asked)) + (first - before)[asked]
        found = (self._hashes[place] == wanted[asked]).nonzero()[0]
        return self._owners[place[found]], asked[found]


def codes_of(letters: str, length: int) -> NDArray[np.uint64]:
    """(words, length) from words of one length, joined."""
    flat = np.frombuffer(letters.encode("utf-32-le"), "<u4")
    return flat.reshape(-1, length).astype(np.uint64)


def factors(length: int, orders: Iterable[list[int]]) -> NDArray[np.uint64]:
    """(length, orders): multiplied by them, the codes of a word give a hash for each order.

    orders: places of the letters that are hashed, one behind the other.
    """
    columns = []
    for places in orders:
        column = [0] * length
        for power, place in enumerate(reversed(places)):
            column[place] = pow(BASE, power, 1 << 64)
        columns.append(column)
    return np.array(columns, np.uint64).T.copy()
