"""What readers did with books, as arrays a model is trained from."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STRENGTH_UNITS = 100
"""Strengths are whole hundredths, so that sums of their products are exact in any order."""

BEST_RATING = 5
LIKED_STRENGTH = 80
"""A rating of 4 of 5, or a purchase: what counts as liked."""

# What an act says where the reader gave no rating; a rating of r says r / BEST_RATING.
KIND_STRENGTHS: dict[str, int] = {
    "purchase": 90,
    "add_to_cart": 50,
    "search_click": 25,
    "book_view": 20,
}


class Interactions(NamedTuple):
    """One row for each pair of reader and book, rows in any order.

    reader: (n,) int32 codes from 0. book: (n,) int32 ordinals of the model.
    strength: (n,) int32 in 1..STRENGTH_UNITS. seconds: (n,) int64, Unix time of the last act.
    """

    reader: NDArray[np.int32]
    book: NDArray[np.int32]
    strength: NDArray[np.int32]
    seconds: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> "Interactions":
        """The rows that are chosen: (n,) bool."""
        reader, book, strength, seconds = self
        return Interactions(reader[chosen], book[chosen], strength[chosen], seconds[chosen])

    def alike(self) -> "Interactions":
        """The same, every act of full strength."""
        return self._replace(strength=np.full(len(self.strength), STRENGTH_UNITS, np.int32))
