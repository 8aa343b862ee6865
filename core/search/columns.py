"""The columns of an index: one row a book, addressed by the book's ordinal."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NO_YEAR = -32768
NONE = -1
"""The code of an absent publisher, series or language."""

# Fixed-width columns and what a row holds; a file of this name and type stands in a generation.
ROW_TYPES: dict[str, str] = {
    "id_hi": "<u8",  # the upper and lower half of the book's UUID
    "id_lo": "<u8",
    "version": "<i4",
    "price_minor": "<i4",
    "stock": "<i4",
    "year": "<i2",  # of first publication, NO_YEAR when unknown
    "rating_x100": "<i2",  # average rating × 100, 0 when there is none
    "reviews": "<i4",
    "popularity": "<f4",  # core.search.popularity, in [0, 1]
    "language": "<i4",  # codes into the vocabulary of the same name, NONE when absent
    "publisher": "<i4",
    "series": "<i4",
    "card": "V64",  # core.search.cards
}
# Ragged columns: row r holds values[start[r] : start[r + 1]].
RAGGED_TYPES: dict[str, str] = {
    "category": "<i4",  # codes, in the book's own order
    "author": "<i4",
    "title_terms": "<i4",  # distinct term codes of the title, ascending
    "terms": "<i4",  # distinct term codes of the whole book, ascending
}
VOCABULARIES = ("category", "author", "publisher", "series", "language")


class Ragged(NamedTuple):
    """start: (n + 1,) int64 ascending from 0; values: (start[n],) int32."""

    start: NDArray[np.int64]
    values: NDArray[np.int32]

    def row(self, ordinal: int) -> NDArray[np.int32]:
        return self.values[self.start[ordinal] : self.start[ordinal + 1]]

    def rows(self, ordinals: NDArray[np.integer[Any]]) -> "Ragged":
        """Gather rows: the result's row i is this one's row ordinals[i]."""
        first = self.start[ordinals]
        length = self.start[ordinals + 1] - first
        start = np.zeros(len(ordinals) + 1, np.int64)
        np.cumsum(length, out=start[1:])
        position = np.arange(start[-1]) + np.repeat(first - start[:-1], length)
        return Ragged(start, self.values[position])


class Columns(NamedTuple):
    """Every array has one row for each ordinal of the snapshot, tombstones included."""

    id_hi: NDArray[np.uint64]
    id_lo: NDArray[np.uint64]
    version: NDArray[np.int32]
    price_minor: NDArray[np.int32]
    stock: NDArray[np.int32]
    year: NDArray[np.int16]
    rating_x100: NDArray[np.int16]
    reviews: NDArray[np.int32]
    popularity: NDArray[np.float32]
    language: NDArray[np.int32]
    publisher: NDArray[np.int32]
    series: NDArray[np.int32]
    card: NDArray[np.void]
    category: Ragged
    author: Ragged
    title_terms: Ragged
