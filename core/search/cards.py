"""Cards: what ranking reads of a book, side by side in one line of the processor's cache."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.search.columns import Ragged

TERMS = 14
"""Title terms that a card has room for."""
_VACANT = -2
"""No term's code, nor that of an absent one."""
_SIZE, _POPULARITY, _FIRST = 0, 1, 2

Cards = NDArray[np.void]
"""(n,) of 64 bytes: the title's number of terms as int32, the popularity as float32, and the
title's first 14 term codes as int32."""


class Hand(NamedTuple):
    """Some cards. faces: (k, 16) int32 as they are written."""

    faces: NDArray[np.int32]

    @property
    def sizes(self) -> NDArray[np.int32]:
        """Terms of each title, 1 for none, (k,)."""
        return self.faces[:, _SIZE]

    @property
    def popularity(self) -> NDArray[np.float32]:
        """In [0, 1], (k,)."""
        return self.faces[:, _POPULARITY].view(np.float32)

    def titled_like(self, other: "Hand") -> NDArray[np.bool_]:
        """Whether each title has the terms of the other hand's only one, (k,); of titles longer
        than a card its part counts."""
        equal = self.faces == other.faces
        equal[:, _POPULARITY] = True
        same: NDArray[np.bool_] = equal.all(axis=1)
        return same

    def told(self, codes: NDArray[np.int32], weigh: NDArray[np.float32]) -> NDArray[np.float32]:
        """The sum, over the terms that a title holds, of the term's weights; (m, k).

        codes: (c,), each once; weigh: (m, c). Of titles longer than a card its part counts.
        """
        # A card's 16 comparisons are two machine words: asked at once whether any is true.
        equal = np.equal.outer(codes, self.faces).view(np.uint64)
        held = (equal[..., 0] & _PLACES | equal[..., 1]).astype(np.bool_)
        told: NDArray[np.float32] = weigh @ held.astype(np.float32)
        return told


_PLACES = np.array([False] * _FIRST + [True] * (8 - _FIRST)).view(np.uint64)
"""Those of a card's first eight places that hold terms."""


def build(titles: Ragged, popularity: NDArray[np.float32]) -> Cards:
    """A card for each row. titles: distinct term codes of each title, ascending."""
    rows = len(popularity)
    written = np.full((rows, _FIRST + TERMS), _VACANT, np.int32)
    sizes = titles.start[1:] - titles.start[:-1]
    written[:, _SIZE] = np.maximum(sizes, 1)
    written[:, _POPULARITY] = popularity.view(np.int32)
    place = np.arange(len(titles.values)) - titles.start[:-1].repeat(sizes)
    row = np.arange(rows).repeat(sizes)
    fits = place < TERMS
    written[row[fits], place[fits] + _FIRST] = titles.values[fits]
    return written.view("V64").reshape(rows)


def draw(cards: Cards, keys: NDArray[np.int64]) -> Hand:
    return Hand(cards.take(keys).view(np.int32).reshape(len(keys), _FIRST + TERMS))
