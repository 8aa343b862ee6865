"""Words run together or torn apart: "gameof thrones", "har ry potter"."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.search.autocomplete import KEY_BYTES, word_starts

LONGEST = 32
MOST_PARTS = 5
MOST_RUNS = 12
"""Beginnings of a word that are followed further; the commonest where there are more."""
GAP = 2.2
"""Unlikeliness of a space left out, an edit as `core.search.spelling` weighs it."""
SAME_LETTERS = 2.85
COMMON = 0.33


def build(series: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Word starts of the names of series, as `complete.keys` has those of titles and authors.

    series: folded. Returns `respacing.keys`, ascending.
    """
    keys, _ = word_starts(series)
    return {"respacing.keys": np.sort(keys)}


class Runs:
    """Which words follow one another in titles, authors and series."""

    def __init__(self, static: dict[str, NDArray[Any]]) -> None:
        empty = np.zeros(0, f"S{KEY_BYTES}")
        names = ("complete.keys", "respacing.keys")
        self._tables = [table for name in names if len(table := static.get(name, empty))]

    def counts(self, runs: Sequence[str]) -> list[int]:
        """How many times these words stand beside one another, whole and in this order.

        Only the first 24 bytes of a run are looked at.
        """
        encoded = [run.encode()[:KEY_BYTES] for run in runs]
        edges = np.array([*encoded, *map(_behind, encoded)], f"S{KEY_BYTES}")
        total = np.zeros(len(runs), np.int64)
        for table in self._tables:
            low, high = table.searchsorted(edges).reshape(2, -1)
            total += high - low
        found: list[int] = total.tolist()
        return found

    def parts(self, word: str, alone: Callable[[str], bool]) -> tuple[tuple[str, ...], float]:
        """The words that were run together, and how unlikely that is; ((), ∞) for none.

        As few parts as will do. alone: whether a single letter may be a word.
        """
        if len(word) > LONGEST:
            return (), math.inf
        begun: list[tuple[tuple[str, ...], int]] = [((), 0)]
        for gaps in range(MOST_PARTS):
            longer = [each for run in begun for each in _longer(word, *run, alone)]
            if not longer:
                break
            counts = self.counts([" ".join(parts) for parts, _ in longer])
            common = sorted((-n, *run) for n, run in zip(counts, longer, strict=True) if n)
            for negative, parts, used in common:
                if used == len(word):
                    return parts, GAP * gaps - SAME_LETTERS - COMMON * math.log(-negative)
            begun = [(parts, used) for _, parts, used in common[:MOST_RUNS]]
        return (), math.inf


def _longer(
    word: str, parts: tuple[str, ...], used: int, alone: Callable[[str], bool]
) -> Iterator[tuple[tuple[str, ...], int]]:
    """The parts with one more, and how many letters of the word they take up."""
    # Analysis drops the possessive: "endersgame" is "ender's game".
    firsts = (used, used + 1) if parts and word[used : used + 1] == "s" else (used,)
    for first in firsts:
        for after in range(first + 1, len(word) + bool(parts)):
            if after - first > 1 or alone(word[first:after]):
                yield (*parts, word[first:after]), after


def _behind(run: bytes) -> bytes:
    """A key above those of the run, where it ends or a space follows, and below all others."""
    return run + b"!" if len(run) < KEY_BYTES else run[:-1] + bytes([run[-1] + 1])
