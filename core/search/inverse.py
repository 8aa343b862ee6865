"""Ragged columns turned round: from a code to the books that carry it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.search.columns import Ragged

COLUMNS = ("category", "author", "title_terms")


def build(name: str, column: Ragged, codes: int) -> dict[str, NDArray[Any]]:
    """Invert a column: `inverse.<name>.start` (codes + 1,) and `.values`, ordinals ascending."""
    rows = np.repeat(np.arange(len(column.start) - 1, dtype=np.int64), np.diff(column.start))
    # One 64-bit key sorts several times faster than a stable argsort of the codes.
    keys = column.values.astype(np.int64) << 32 | rows
    keys.sort()
    start = np.zeros(codes + 1, np.int64)
    np.cumsum(np.bincount(column.values, minlength=codes)[:codes], out=start[1:])
    return {f"inverse.{name}.start": start, f"inverse.{name}.values": keys.astype(np.int32)}


class Inverse:
    """Ordinals by code for one snapshot: the built part, then the rows appended since."""

    def __init__(
        self, name: str, static: dict[str, NDArray[Any]], column: Ragged, base_rows: int
    ) -> None:
        self._start = static.get(f"inverse.{name}.start", np.zeros(1, np.int64))
        self._values = static.get(f"inverse.{name}.values", np.zeros(0, np.int32))
        first = column.start[base_rows]
        self._late_codes = column.values[first:]
        self._late_rows = np.repeat(
            np.arange(base_rows, len(column.start) - 1, dtype=np.int32),
            np.diff(column.start[base_rows:]),
        )

    @property
    def codes(self) -> int:
        return len(self._start) - 1

    def ordinals(self, code: int) -> NDArray[np.int32]:
        """Rows carrying the code, ascending, tombstones included."""
        built = self._values[:0]
        if 0 <= code < self.codes:
            built = self._values[self._start[code] : self._start[code + 1]]
        if not len(self._late_codes):
            return built
        return np.concatenate((built, self._late_rows[self._late_codes == code]))

    def counts(self, mask: NDArray[np.bool_], codes: int) -> NDArray[np.int64]:
        """How many rows of the mask carry each code; (codes,)."""
        total = np.zeros(codes, np.int64)
        if len(self._values):
            running = np.zeros(len(self._values) + 1, np.int64)
            np.cumsum(mask[self._values], out=running[1:])
            total[: self.codes] = np.diff(running[self._start])
        if len(self._late_codes):
            late = self._late_codes[mask[self._late_rows]]
            total += np.bincount(late, minlength=codes)[:codes]
        return total
