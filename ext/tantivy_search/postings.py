"""Posting lists: built once for the base rows, and kept in small sorted parts for later ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_CHUNK = 1 << 21
LARGEST_PART = 1 << 19
"""Postings of one part; merging two of these takes some 20 ms."""


def frequencies(values: NDArray[np.int32], codes: int) -> NDArray[np.int64]:
    """How many rows hold each code, (codes,); values: as for `build`."""
    frequency = np.zeros(codes, np.int64)
    for first in range(0, len(values), _CHUNK):
        frequency += np.bincount(values[first : first + _CHUNK], minlength=codes)
    return frequency


def build(
    folder: Path,
    values: NDArray[np.int32],
    lengths: NDArray[np.integer[Any]],
    frequency: NDArray[np.int64],
) -> None:
    """Write `postings.start.npy` and `postings.rows.npy`: rows by code, ascending.

    values: the rows' codes, row after row, each code once a row (may be a mapped file);
    lengths: how many each row has; frequency: how many rows hold each code. Works in chunks of
    two million postings: about 100 MB whatever the size of the catalogue.
    """
    start = np.zeros(len(frequency) + 1, np.int64)
    np.cumsum(frequency, out=start[1:])
    np.save(folder / "postings.start.npy", start)
    rows = np.lib.format.open_memmap(
        folder / "postings.rows.npy", "w+", np.dtype("<i4"), (len(values),)
    )
    filled = start[:-1].copy()
    for sorted_codes, sorted_rows in _chunks(values, lengths):
        count = np.bincount(sorted_codes, minlength=len(frequency))
        before = np.cumsum(count) - count
        rows[(filled - before)[sorted_codes] + np.arange(len(sorted_codes))] = sorted_rows
        filled += count
    rows.flush()


def _chunks(
    values: NDArray[np.int32], lengths: NDArray[np.integer[Any]]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32]]]:
    """Whole rows, about two million postings at a time, sorted by code and then row."""
    ends = np.cumsum(lengths, dtype=np.int64)
    first_row = 0
    while first_row < len(lengths):
        first = int(ends[first_row - 1]) if first_row else 0
        after_row = max(first_row + 1, int(np.searchsorted(ends, first + _CHUNK, "right")))
        rows = np.repeat(np.arange(first_row, after_row), lengths[first_row:after_row])
        yield _sorted(values[first : int(ends[after_row - 1])], rows)
        first_row = after_row


def _sorted(
    codes: NDArray[np.int32], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    # One 64-bit key sorts several times faster than a stable argsort of the codes.
    keys = codes.astype(np.int64) << 32 | rows
    keys.sort()
    return keys >> 32, (keys & 0xFFFF_FFFF).astype(np.int32)


class Part(NamedTuple):
    """Postings and ids of some consecutive rows behind the base; never changed once made.

    codes: distinct, ascending; rows[start[i] : start[i + 1]] hold codes[i], ascending.
    id_keys: ascending, id_rows beside them.
    """

    codes: NDArray[np.int64]
    start: NDArray[np.int64]
    rows: NDArray[np.int32]
    id_keys: NDArray[np.uint64]
    id_rows: NDArray[np.int32]

    def of(self, code: int) -> NDArray[np.int32]:
        place = int(self.codes.searchsorted(code))
        if place < len(self.codes) and self.codes[place] == code:
            return self.rows[self.start[place] : self.start[place + 1]]
        return self.rows[:0]


def part(
    first_row: int,
    values: NDArray[np.int32],
    lengths: NDArray[np.integer[Any]],
    id_keys: NDArray[np.uint64],
) -> Part:
    """The part of the rows from first_row on; arguments as for `build`, id_keys in row order."""
    rows = np.arange(first_row, first_row + len(lengths), dtype=np.int64)
    codes, posted = _sorted(values, np.repeat(rows, lengths))
    order = np.argsort(id_keys, kind="stable")
    return _packed(codes, posted, id_keys[order], rows[order].astype(np.int32))


def _packed(
    codes: NDArray[np.int64],
    rows: NDArray[np.int32],
    id_keys: NDArray[np.uint64],
    id_rows: NDArray[np.int32],
) -> Part:
    distinct, first = np.unique(codes, return_index=True)
    return Part(distinct, np.append(first, len(codes)), rows, id_keys, id_rows)


def merged(older: Part, newer: Part) -> Part:
    codes = np.concatenate(
        (np.repeat(older.codes, np.diff(older.start)), np.repeat(newer.codes, np.diff(newer.start)))
    )
    codes, rows = _sorted(
        codes.astype(np.int32), np.concatenate((older.rows, newer.rows)).astype(np.int64)
    )
    id_keys = np.concatenate((older.id_keys, newer.id_keys))
    order = np.argsort(id_keys, kind="stable")
    id_rows = np.concatenate((older.id_rows, newer.id_rows))
    return _packed(codes, rows, id_keys[order], id_rows[order])


def with_part(parts: tuple[Part, ...], newest: Part) -> tuple[Part, ...]:
    """Add a part; neighbours of like size are merged, so there are few: one for each doubling."""
    while parts and len(parts[-1].rows) <= 2 * len(newest.rows):
        if len(parts[-1].rows) + len(newest.rows) > LARGEST_PART:
            break
        newest = merged(parts[-1], newest)
        parts = parts[:-1]
    return (*parts, newest)
