"""The front of an order over all books: who comes first, without sorting the rest."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.popularity import ranking

DEPTH = 1_000


class Shelf(Struct, frozen=True, eq=False):
    """rows: the best living rows, best first, ties by lower row.

    floor: every living row of a larger value is among them; 0 where they are all there are.
    """

    rows: NDArray[np.int32]
    floor: float


def front(values: NDArray[np.float32], living: NDArray[np.bool_]) -> Shelf:
    """values: (rows,) float32; those of 0 are never shown."""
    rows = ranking(np.where(living, values, np.float32(0)), DEPTH)
    return Shelf(rows, float(values[rows[-1]]) if len(rows) == DEPTH else 0.0)


def moved_on(
    shelf: Shelf, values: NDArray[np.float32], living: NDArray[np.bool_], first_new: int
) -> Shelf:
    """The shelf after rows were appended from first_new on and others died."""
    new = first_new + np.flatnonzero(values[first_new:] > shelf.floor)
    rows = np.concatenate((shelf.rows, new.astype(np.int32)))
    rows = rows[living[rows]]
    if len(rows) < DEPTH // 2 and shelf.floor:
        return front(values, living)
    rows = rows[np.lexsort((rows, -values[rows]))]
    if len(rows) <= 2 * DEPTH:
        return Shelf(rows, shelf.floor)
    return Shelf(rows[:DEPTH], float(values[rows[DEPTH - 1]]))
