"""What a shop recorded of its readers, event by event, as it lies in the truth."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.content import BookText

KINDS = ("rating", "purchase", "add_to_cart", "search_click", "book_view")


class Events(NamedTuple):
    """Columns of equal length, one row an event, in any order.

    reader_hi … book_lo: (n,) uint64 halves of UUIDs. kind: (n,) int16 index into KINDS.
    value: (n,) float32 rating 1 to 5, 0 for other kinds. quantity: (n,) int32 copies.
    seconds: (n,) int64 Unix time.
    """

    reader_hi: NDArray[np.uint64]
    reader_lo: NDArray[np.uint64]
    book_hi: NDArray[np.uint64]
    book_lo: NDArray[np.uint64]
    kind: NDArray[np.int16]
    value: NDArray[np.float32]
    quantity: NDArray[np.int32]
    seconds: NDArray[np.int64]


class TextRows(NamedTuple):
    """The catalogue as content reads it, in any order. hi, lo: (books,) uint64."""

    hi: NDArray[np.uint64]
    lo: NDArray[np.uint64]
    texts: Sequence[BookText]
