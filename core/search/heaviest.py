"""The heaviest entries in any range of a list: blocks of it have their best beside them.

An entry and its weight are one number, the lower the heavier, equal weights by lower entry: a sort
of whole numbers orders them, and those that are alike stand side by side.
"""

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 256
BLOCKS = 16
BEST = 10
NOBODY = 2**64 - 1
_ENTRY = 2**32 - 1
_LEVELS = ("ranked", "best", "most")
_FLOAT, _WHOLE = struct.Struct("<f"), struct.Struct("<I")

Numbers = NDArray[np.uint64]
Range = tuple[int, int]


def numbers(entries: NDArray[np.int32], weights: NDArray[np.float32]) -> Numbers:
    """weights: not below 0, beside the entries."""
    heavy = (weights + np.float32(0)).view(np.uint32)
    return (~heavy).astype(np.uint64) << np.uint64(32) | entries.astype(np.uint64)


def entry_of(number: int) -> int:
    return number & _ENTRY


def weight_of(number: int) -> float:
    weight: float = _FLOAT.unpack(_WHOLE.pack(_ENTRY - (number >> 32)))[0]
    return weight


def build(name: str, ranked: Numbers) -> dict[str, NDArray[Any]]:
    """`<name>.ranked`: the list itself; `.best`: of each block of 256 its heaviest ten, each entry
    once, NOBODY for none; `.most`: the same of each 16 blocks."""
    best = _best_of(ranked, BLOCK)
    return {
        f"{name}.ranked": ranked,
        f"{name}.best": best,
        f"{name}.most": _best_of(best, BLOCKS * BEST),
    }


def _best_of(ranked: Numbers, size: int) -> Numbers:
    blocks = -(-len(ranked) // size)
    grid = np.full((blocks, size), NOBODY, np.uint64)
    grid.reshape(-1)[: len(ranked)] = ranked
    grid.sort(axis=1)
    # Several words of one title may begin alike: it must not take the places of others.
    grid[:, 1:][grid[:, 1:] == grid[:, :-1]] = NOBODY
    grid.sort(axis=1)
    return grid[:, :BEST].ravel()


class Heaviest:
    """Look-ups over what `build` made."""

    def __init__(self, name: str, static: dict[str, NDArray[Any]]) -> None:
        nothing = np.zeros(0, np.uint64)
        self._levels = tuple(static.get(f"{name}.{level}", nothing) for level in _LEVELS)

    def of(self, ranges: Sequence[Range], limit: int) -> list[int]:
        """The heaviest numbers of the ranges, the largest of which come first, each once."""
        outer: list[Range] = []
        for low, high in ranges:
            if not any(first <= low and high <= after for first, after in outer):
                outer.append((low, high))
        pieces = [piece for low, high in outer for piece in self._pieces(low, high, 0)]
        if not pieces:
            return []
        ranked = np.sort(pieces[0] if len(pieces) == 1 else np.concatenate(pieces))
        kept = 3 * limit
        found = dict.fromkeys(ranked[:kept].tolist())
        # An entry may stand several times: several of its words may begin alike.
        while len(found) < limit and kept < len(ranked):
            kept *= 4
            found = dict.fromkeys(ranked[:kept].tolist())
        found.pop(NOBODY, None)
        return list(found)[:limit]

    def _pieces(self, low: int, high: int, level: int) -> list[Numbers]:
        """What of each level is to be looked at for a range: blocks bring their ten best."""
        size = BLOCK if level == 0 else BLOCKS * BEST
        first, after = -(-low // size), high // size
        numbers = self._levels[level]
        if level == 2 or after - first < 2:
            return [numbers[low:high]] if low < high else []
        return [
            numbers[low : first * size],
            *self._pieces(first * BEST, after * BEST, level + 1),
            numbers[after * size : high],
        ]
