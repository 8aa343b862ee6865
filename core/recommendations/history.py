"""A reader's history, as recommendations read it."""

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

LONGEST = 200


def _no_books() -> NDArray[np.uint64]:
    return np.zeros((0, 2), np.uint64)


class History(Struct, frozen=True, eq=False):
    """What a reader rated, reviewed or bought, newest first, at most 200 books.

    books: (n, 2) uint64, upper and lower half of each book's UUID. strengths: (n,) float32 in
    [0, 1], how much each was liked. liked: (n,) bool, whether a reason may say so. older:
    (m, 2) uint64, books before those: never recommended, not learnt from.
    """

    books: NDArray[np.uint64]
    strengths: NDArray[np.float32]
    liked: NDArray[np.bool_]
    older: NDArray[np.uint64] = field(default_factory=_no_books)


NOTHING = History(_no_books(), np.zeros(0, np.float32), np.zeros(0, np.bool_))
"""The history of a reader who has none."""
