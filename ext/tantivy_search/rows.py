"""Books as rows of the column files: the same for a build and for an update."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.columns import NONE
from core.search.entries import Entries
from ext.tantivy_search.layout import LIST_LENGTH, TERMS

_HALF = (1 << 64) - 1
_MIX = 0x9E37_79B9_7F4A_7C15

Coder = Callable[[str], int]
"""Gives a name's or term's code, a new one where need be."""
Coded = tuple[NDArray[np.int64], NDArray[np.int32]]
"""How many codes each row has, and all of them, row after row."""


TermCoder = Callable[[Sequence[str]], Coded]
"""Gives the codes of each row's words, which stand with white space between."""


class Rows(Struct, frozen=True):
    """plain: a column's values, by name; ragged: lengths by row and the values, by name."""

    plain: dict[str, NDArray[Any]]
    ragged: dict[str, Coded]
    documents: bytes
    document_lengths: NDArray[np.int64]


def rows_of(entries: Entries, coders: Mapping[str, Coder], code_terms: TermCoder) -> Rows:
    """All columns but popularity, which needs the store. coders: by vocabulary."""
    ids = np.frombuffer(entries.ids, ">u8").reshape(-1, 2)
    plain: dict[str, NDArray[Any]] = {
        "id_hi": ids[:, 0].astype(np.uint64),
        "id_lo": ids[:, 1].astype(np.uint64),
        **entries.numbers,
        LIST_LENGTH: entries.list_lengths,
        "language": _codes(entries.language, coders["language"]),
        "publisher": _codes(entries.publisher, coders["publisher"]),
        "series": _codes(entries.series_name, coders["series"]),
    }
    ragged = {
        "category": _ragged(entries.categories, coders["category"]),
        "author": _ragged(entries.authors, coders["author"]),
        "title_terms": _distinct_within(*code_terms(entries.heading)),
        TERMS: _distinct_within(*code_terms(entries.words)),
    }
    lengths = np.fromiter(map(len, entries.details), np.int64, len(entries.details))
    return Rows(plain, ragged, b"".join(entries.details), lengths)


def split(ids: Sequence[int]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The upper and the lower halves of UUIDs."""
    return (
        np.array([number >> 64 for number in ids], np.uint64),
        np.array([number & _HALF for number in ids], np.uint64),
    )


def id_keys(hi: NDArray[np.uint64], lo: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One number for the two halves of an id; different ids may share it, if ever."""
    return lo + hi * np.uint64(_MIX)


def id_key(hi: int, lo: int) -> int:
    """The same for one id."""
    return (lo + hi * _MIX) & _HALF


def _codes(names: Sequence[str | None], code: Coder) -> NDArray[np.int32]:
    return np.array([NONE if name is None else code(name) for name in names], np.int32)


def _ragged(rows: Sequence[Sequence[str]], code: Coder) -> Coded:
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    values = np.fromiter(map(code, chain.from_iterable(rows)), np.int32, int(lengths.sum()))
    return lengths, values


def each_word(code: Coder) -> TermCoder:
    """Codes word by word, for few books."""
    return lambda rows: _ragged([row.split() for row in rows], code)


def _distinct_within(lengths: NDArray[np.integer[Any]], values: NDArray[np.int32]) -> Coded:
    """Each row's values once, ascending, and how many there are."""
    keys = _keys(lengths, values)
    first = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    keys = keys[first]
    return np.bincount(keys >> 32, minlength=len(lengths)), (keys & 0xFFFF_FFFF).astype(np.int32)


def _keys(lengths: NDArray[np.integer[Any]], values: NDArray[np.int32]) -> NDArray[np.int64]:
    """The row in the upper half and the value in the lower, ascending."""
    # Sorting whole numbers takes a third of the time of a set for each row.
    keys = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths) << 32 | values
    keys.sort()
    return keys
