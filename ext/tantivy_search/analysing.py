"""Analysis of many books at a time, its outcome in a form that crosses processes."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.catalogue.book import Book
from core.search.autocomplete import folded
from core.search.columns import VOCABULARIES
from core.search.entry import entry_of
from ext.tantivy_search.layout import TERMS
from ext.tantivy_search.rows import Rows, rows_of, sorted_within
from ext.tantivy_search.schema import texts

CODED = {
    **{name: name for name in ("language", "publisher", "series", "category", "author")},
    "title_terms": TERMS,
    "terms": TERMS,
}
"""Columns of codes and the vocabulary each is coded in."""

Array = tuple[str, bytes]
"""An array's type and its items."""


class Analysed(Struct, frozen=True, array_like=True):
    """Some books in order. plain, ragged: as in `Rows`, codes being the analyst's own.

    names: those the analyst met for the first time, by vocabulary, in the order of their codes.
    texts: what the engine indexes, by field. titles: folded.
    """

    plain: dict[str, Array]
    ragged: dict[str, tuple[Array, Array]]
    names: dict[str, list[str]]
    texts: list[dict[str, str]]
    titles: list[str]
    documents: bytes
    document_lengths: Array


class Codes(dict[str, int]):
    """Codes in order of first appearance."""

    def __missing__(self, name: str) -> int:
        self[name] = code = len(self)
        return code


class Analysis:
    """Turns books into rows; keeps the codes it gave, so that a name is told only once."""

    def __init__(self) -> None:
        self._codes = {name: Codes() for name in (*VOCABULARIES, TERMS)}
        self._coders = {name: codes.__getitem__ for name, codes in self._codes.items()}

    def of(self, books: Sequence[Book]) -> Analysed:
        known = {name: len(codes) for name, codes in self._codes.items()}
        entries = [entry_of(book) for book in books]
        rows = rows_of([book.id.int for book in books], entries, self._coders)
        return Analysed(
            {name: _packed(values) for name, values in rows.plain.items()},
            {name: (_packed(pair[0]), _packed(pair[1])) for name, pair in rows.ragged.items()},
            {name: list(_from(codes, known[name])) for name, codes in self._codes.items()},
            [texts(entry) for entry in entries],
            [folded(book.title) for book in books],
            rows.documents,
            _packed(rows.document_lengths),
        )


class Translation:
    """From one analyst's codes to those of the generation."""

    def __init__(self, codes: dict[str, Codes]) -> None:
        self._codes = codes
        self._table = {name: np.zeros(0, np.int32) for name in codes}

    def rows(self, analysed: Analysed) -> Rows:
        """The rows with the generation's codes; each code once a row where it was so before."""
        for name, fresh in analysed.names.items():
            if fresh:
                added = np.array([self._codes[name][each] for each in fresh], np.int32)
                self._table[name] = np.concatenate((self._table[name], added))
        plain = {name: _array(values) for name, values in analysed.plain.items()}
        ragged = {
            name: (_array(lengths), _array(values))
            for name, (lengths, values) in analysed.ragged.items()
        }
        for name in CODED.keys() & plain.keys():
            plain[name] = self._translated(name, plain[name])
        for name, (lengths, values) in ragged.items():
            ragged[name] = (lengths, self._translated(name, values))
        lengths, values = ragged["title_terms"]
        ragged["title_terms"] = (lengths, sorted_within(lengths, values))
        return Rows(plain, ragged, analysed.documents, _array(analysed.document_lengths))

    def _translated(self, column: str, codes: NDArray[Any]) -> NDArray[np.int32]:
        # Absent is -1: one more place at the end of the table stays what it is.
        table = np.append(self._table[CODED[column]], np.int32(-1))
        translated: NDArray[np.int32] = table[codes]
        return translated


def _from(codes: Codes, first: int) -> Iterator[str]:
    return islice(codes, first, None)


def _packed(values: NDArray[Any]) -> Array:
    return values.dtype.str, values.tobytes()


def _array(packed: Array) -> NDArray[Any]:
    return np.frombuffer(packed[1], packed[0])
