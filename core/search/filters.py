"""Filters as masks over the columns: they choose books and never touch a score."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.search.columns import NO_YEAR, NONE
from core.search.request import Filters, minor_bound
from core.search.view import View

Mask = NDArray[np.bool_]


def mask(view: View, filters: Filters, *, skip: str = "") -> Mask:
    """The living books that pass every filter but the one named by skip; (rows,) bool.

    A range's two ends count as one filter: price, year.
    """
    passed = view.snapshot.alive
    for name, asked, test in TESTS:
        if name != skip and asked(filters):
            passed = passed & test(view, filters)
    return passed


def active(filters: Filters) -> tuple[str, ...]:
    """The names of the filters that are set, as `mask` and the facets name them."""
    return tuple(name for name, asked, _ in TESTS if asked(filters))


def _among(view: View, name: str, names: tuple[str, ...]) -> Mask:
    """Books that carry one of the names in a ragged column."""
    found = np.zeros(view.snapshot.rows, np.bool_)
    vocabulary = view.snapshot.vocabularies[name]
    for wanted in names:
        if (code := vocabulary.code(wanted)) != NONE:
            found[view.inverse(name).ordinals(code)] = True
    return found


def _equal(view: View, name: str, names: tuple[str, ...]) -> Mask:
    """Books whose code in a plain column is that of one of the names."""
    column: NDArray[np.int32] = getattr(view.snapshot.columns, name)
    vocabulary = view.snapshot.vocabularies[name]
    codes = [code for wanted in names if (code := vocabulary.code(wanted)) != NONE]
    if len(codes) == 1:
        return np.equal(column, codes[0])
    return np.isin(column, codes)


def _price(view: View, filters: Filters) -> Mask:
    price = view.snapshot.columns.price_minor
    inside = np.ones(len(price), np.bool_)
    if filters.price_min is not None:
        inside &= price >= float(minor_bound(filters.price_min, view.currency))
    if filters.price_max is not None:
        inside &= price <= float(minor_bound(filters.price_max, view.currency))
    return inside


def _year(view: View, filters: Filters) -> Mask:
    year = view.snapshot.columns.year
    inside: Mask = np.not_equal(year, NO_YEAR)
    if filters.year_min is not None:
        inside &= year >= filters.year_min
    if filters.year_max is not None:
        inside &= year <= filters.year_max
    return inside


def _rating(view: View, filters: Filters) -> Mask:
    least = filters.rating_min or 0.0
    return np.greater_equal(view.snapshot.columns.rating_x100, round(least * 100))


def _stock(view: View, filters: Filters) -> Mask:
    return np.equal(view.snapshot.columns.stock > 0, bool(filters.in_stock))


TESTS: tuple[tuple[str, Callable[[Filters], bool], Callable[[View, Filters], Mask]], ...] = (
    ("category", lambda f: bool(f.category), lambda v, f: _among(v, "category", f.category)),
    ("author", lambda f: bool(f.author), lambda v, f: _among(v, "author", f.author)),
    ("publisher", lambda f: bool(f.publisher), lambda v, f: _equal(v, "publisher", f.publisher)),
    ("language", lambda f: bool(f.language), lambda v, f: _equal(v, "language", f.language)),
    ("series", lambda f: bool(f.series), lambda v, f: _equal(v, "series", f.series)),
    ("price", lambda f: f.price_min is not None or f.price_max is not None, _price),
    ("rating", lambda f: f.rating_min is not None, _rating),
    ("year", lambda f: f.year_min is not None or f.year_max is not None, _year),
    ("availability", lambda f: f.in_stock is not None, _stock),
)
