"""Which rows make up a series, found without looking at the whole catalogue."""

import numpy as np
from numpy.typing import NDArray

from core.search.columns import NONE
from core.search.snapshot import Snapshot


class Volumes:
    """The rows of one generation by series; those appended later are looked through."""

    def __init__(self, snapshot: Snapshot) -> None:
        series = snapshot.columns.series
        self._rows = np.flatnonzero(series != NONE).astype(np.int32)
        self._rows = self._rows[np.argsort(series[self._rows], kind="stable")]
        self._codes = series[self._rows]
        self._known = snapshot.rows

    def of(self, snapshot: Snapshot, code: int) -> NDArray[np.int32]:
        """Living rows of a series, ascending."""
        first, last = np.searchsorted(self._codes, (code, code + 1))
        late = np.flatnonzero(snapshot.columns.series[self._known :] == code) + self._known
        rows = np.concatenate((self._rows[first:last], late.astype(np.int32)))
        return rows[snapshot.alive[rows]]
