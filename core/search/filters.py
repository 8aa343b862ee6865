"""Filters as masks over the columns: they choose books and never touch a score."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.search import buckets
from core.search.analysis import terms_of
from core.search.columns import NO_YEAR, NONE, Ragged
from core.search.request import FILTER_FIELDS, Filters, minor_bound
from core.search.snapshot import Within
from core.search.view import View

Mask = NDArray[np.bool_]
_asked = attrgetter(*FILTER_FIELDS)
_NOTHING_ASKED = _asked(Filters())
Rows = slice | NDArray[np.signedinteger[Any]]
"""Which rows a test is asked about: all of them as a slice, or some by ordinal."""

EVERY = slice(None)
NAMED = ("category", "author", "publisher", "series")
"""Filters by names that stand among a book's words."""
FEW = 8
"""One book in so many is tested by itself; more are looked up in a mask of all."""
MASKED_AT_ONCE = 50_000
"""Up to so many rows one mask costs less than testing some rows again and again."""


def mask(view: View, filters: Filters, *, skip: str = "") -> Mask:
    """The living books that pass every filter but the one named by skip; (rows,) bool.

    A range's two ends count as one filter: price, year.
    """
    return _passed(view, filters, EVERY, skip)


def passing(
    view: View, filters: Filters, keys: NDArray[np.int32], *, skip: str = ""
) -> NDArray[np.int32]:
    """Those of the living books in keys, ascending, that `mask` lets through."""
    if all(name == skip for name in active(filters)):
        return keys
    if len(keys) == view.snapshot.living and (known := _carriers(view, filters, skip)):
        name, rows = known
        return rows[_passed(view, filters, rows, skip, name)]
    if len(keys) * FEW < view.snapshot.rows:
        return keys[_passed(view, filters, keys, skip)]
    passed = mask(view, filters, skip=skip)
    return keys[passed[keys]]


def active(filters: Filters) -> tuple[str, ...]:
    """The names of the filters that are set, as `mask` and the facets name them."""
    if _asked(filters) == _NOTHING_ASKED:
        return ()
    return tuple(name for name, asked, _ in TESTS if asked(filters))


def named(view: View, filters: Filters) -> Within:
    """What every book that passes holds among its words, too: the names that are asked for.

    Other books may hold them as well.
    """
    groups = []
    for column in NAMED:
        asked: tuple[str, ...] = getattr(filters, column)
        vocabulary = view.snapshot.vocabularies[column]
        codes = [code for name in asked if (code := vocabulary.code(name)) != NONE]
        terms = tuple([tuple(terms_of(vocabulary.name(code))) for code in codes])
        if terms and all(terms):
            groups.append(terms)
    return tuple(groups)


class Passing:
    """What filters let through, asked for a few rows or for all: the same answer either way."""

    def __init__(self, view: View, filters: Filters) -> None:
        self._view = view
        self._filters = filters
        self.unfiltered = not active(filters)
        self._mask: Mask | None = None
        if self.unfiltered:
            self._mask = view.snapshot.alive
        elif view.snapshot.rows <= MASKED_AT_ONCE:
            self._mask = mask(view, filters)

    def of(self, rows: NDArray[np.signedinteger[Any]]) -> Mask:
        """(n,) bool: which of the rows are living and pass; rows ≥ 0."""
        if self._mask is not None:
            return self._mask.take(rows)
        return _passed(self._view, self._filters, rows, "")

    def mask(self) -> Mask:
        """(rows,) bool."""
        if self._mask is None:
            self._mask = mask(self._view, self._filters)
        return self._mask


def _carriers(view: View, filters: Filters, skip: str) -> tuple[str, NDArray[np.int32]] | None:
    """A filter that wants one name, and the rows that carry it, ascending."""
    for column in ("author", "category"):
        wanted: tuple[str, ...] = getattr(filters, column)
        if column != skip and len(wanted) == 1:
            rows = view.inverse(column).ordinals(view.snapshot.vocabularies[column].code(wanted[0]))
            # Two authors of one name stand in a book's row as one code twice.
            twice = bool(len(rows)) and bool((rows[1:] == rows[:-1]).any())
            return column, np.unique(rows) if twice else rows
    return None


def _passed(view: View, filters: Filters, rows: Rows, *skip: str) -> Mask:
    passed = view.snapshot.alive[rows]
    for name, asked, test in TESTS:
        if name not in skip and asked(filters):
            passed = passed & test(view, filters, rows)
    return passed


def _among(view: View, name: str, names: tuple[str, ...], rows: Rows) -> Mask:
    """Books that carry one of the names in a ragged column."""
    vocabulary = view.snapshot.vocabularies[name]
    codes = [code for wanted in names if (code := vocabulary.code(wanted)) != NONE]
    if isinstance(rows, slice):
        found = np.zeros(view.snapshot.rows, np.bool_)
        for code in codes:
            found[view.inverse(name).ordinals(code)] = True
        return found
    if name == "category" and len(codes) == 1:
        known = buckets.carrying(view.snapshot.static, codes[0], rows)
        if known is not None:
            return known
    column: Ragged = getattr(view.snapshot.columns, name)
    carried = column.rows(rows)
    hits = np.zeros(len(carried.values) + 1, np.int32)
    np.cumsum(_one_of(carried.values, codes), out=hits[1:])
    return np.not_equal(hits[carried.start[1:]], hits[carried.start[:-1]])


def _equal(view: View, name: str, names: tuple[str, ...], rows: Rows) -> Mask:
    """Books whose code in a plain column is that of one of the names."""
    column: NDArray[np.int32] = getattr(view.snapshot.columns, name)
    vocabulary = view.snapshot.vocabularies[name]
    codes = [code for wanted in names if (code := vocabulary.code(wanted)) != NONE]
    return _one_of(column[rows], codes)


def _one_of(values: NDArray[np.int32], codes: list[int]) -> Mask:
    if len(codes) == 1:
        return np.equal(values, codes[0])
    return np.isin(values, codes)


def _price(view: View, filters: Filters, rows: Rows) -> Mask:
    price = view.snapshot.columns.price_minor[rows]
    inside = np.ones(len(price), np.bool_)
    if filters.price_min is not None:
        inside &= price >= float(minor_bound(filters.price_min, view.currency))
    if filters.price_max is not None:
        inside &= price <= float(minor_bound(filters.price_max, view.currency))
    return inside


def _year(view: View, filters: Filters, rows: Rows) -> Mask:
    year = view.snapshot.columns.year[rows]
    inside: Mask = np.not_equal(year, NO_YEAR)
    if filters.year_min is not None:
        inside &= year >= filters.year_min
    if filters.year_max is not None:
        inside &= year <= filters.year_max
    return inside


def _rating(view: View, filters: Filters, rows: Rows) -> Mask:
    least = filters.rating_min or 0.0
    return np.greater_equal(view.snapshot.columns.rating_x100[rows], round(least * 100))


def _stock(view: View, filters: Filters, rows: Rows) -> Mask:
    return np.equal(view.snapshot.columns.stock[rows] > 0, bool(filters.in_stock))


TESTS: tuple[tuple[str, Callable[[Filters], bool], Callable[[View, Filters, Rows], Mask]], ...] = (
    ("category", lambda f: bool(f.category), lambda v, f, r: _among(v, "category", f.category, r)),
    ("author", lambda f: bool(f.author), lambda v, f, r: _among(v, "author", f.author, r)),
    (
        "publisher",
        lambda f: bool(f.publisher),
        lambda v, f, r: _equal(v, "publisher", f.publisher, r),
    ),
    ("language", lambda f: bool(f.language), lambda v, f, r: _equal(v, "language", f.language, r)),
    ("series", lambda f: bool(f.series), lambda v, f, r: _equal(v, "series", f.series, r)),
    ("price", lambda f: f.price_min is not None or f.price_max is not None, _price),
    ("rating", lambda f: f.rating_min is not None, _rating),
    ("year", lambda f: f.year_min is not None or f.year_max is not None, _year),
    ("availability", lambda f: f.in_stock is not None, _stock),
)
