"""Facets: exact counts over the matching books, by code and by range."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.kernel.money import exponent
from core.search import buckets
from core.search import filters as filtering
from core.search.buckets import PRICE_BOUNDS
from core.search.columns import NO_YEAR, NONE
from core.search.request import Facet, Filters
from core.search.view import View

MOST_VALUES = 20
DENSE = 24
"""Of more than one book in so many, categories are counted by bitmaps."""

Keys = NDArray[np.int32]
Counted = list[dict[str, Any]]

# The answer's name of each facet, beside the request's.
ANSWER_NAMES: dict[Facet, str] = {
    "category": "categories",
    "price": "price_ranges",
    "rating": "ratings",
    "author": "authors",
    "language": "languages",
    "year": "years",
    "series": "series",
    "availability": "availability",
}


def count(view: View, keys: Keys, filters: Filters, wanted: tuple[Facet, ...]) -> dict[str, Any]:
    """Count each wanted facet over the books in keys.

    keys: matching living books before any filter, ascending. A facet's counts ignore the
    filter on that facet itself and honour all others.
    """
    active = filtering.active(filters)
    all_filters = _narrowed(view, keys, filters, "") if active else keys
    counted = {}
    for facet in wanted:
        chosen = _narrowed(view, keys, filters, facet) if facet in active else all_filters
        counted[ANSWER_NAMES[facet]] = _counted(view, facet, chosen)
    return counted


def _counted(view: View, facet: Facet, keys: Keys) -> Counted:
    """The whole shop's counts are kept with the view."""
    if len(keys) == view.snapshot.living:
        return view.keep(f"facet.{facet}", lambda: COUNTERS[facet](view, keys))
    return COUNTERS[facet](view, keys)


def _narrowed(view: View, keys: Keys, filters: Filters, skip: str) -> Keys:
    return keys[filtering.mask(view, filters, skip=skip)[keys]]


def _named(view: View, column: str, counts: NDArray[np.integer[Any]]) -> Counted:
    """The most frequent values with their names; ties by the code's age."""
    codes = np.flatnonzero(counts)
    if len(codes) > MOST_VALUES:
        order = np.argpartition(-counts[codes], MOST_VALUES)
        least = counts[codes[order[MOST_VALUES - 1]]]
        codes = codes[counts[codes] >= least]
    codes = codes[np.argsort(-counts[codes], kind="stable")][:MOST_VALUES]
    name = view.snapshot.vocabularies[column].name
    return [
        {"name": name(code), "count": number}
        for code, number in zip(codes.tolist(), counts[codes].tolist(), strict=True)
    ]


def _ragged(column: str) -> Callable[[View, Keys], Counted]:
    """A counter of a column that holds several codes a book."""

    def counter(view: View, keys: Keys) -> Counted:
        codes = len(view.snapshot.vocabularies[column])
        if len(keys) * 8 < view.snapshot.rows:
            values = getattr(view.snapshot.columns, column).rows(keys).values
            return _named(view, column, np.bincount(values, minlength=codes))
        mask = np.zeros(view.snapshot.rows, np.bool_)
        mask[keys] = True
        return _named(view, column, view.inverse(column).counts(mask, codes))

    return counter


def _plain(column: str) -> Callable[[View, Keys], Counted]:
    """A counter of a column that holds one code a book, or NONE."""

    def counter(view: View, keys: Keys) -> Counted:
        values = getattr(view.snapshot.columns, column)[keys]
        return _named(view, column, np.bincount(values[values != NONE]))

    return counter


def _categories(view: View, keys: Keys) -> Counted:
    """By bitmaps where many books match, exactly: rare categories only where they may count."""
    static, base = view.snapshot.static, view.snapshot.base_rows
    bits = static.get("bits.category")
    if bits is None or not len(bits) or len(keys) * DENSE < view.snapshot.rows:
        return _every_category(view, keys)
    built = keys[: keys.searchsorted(base)]
    mask = np.zeros(base, np.bool_)
    mask[built] = True
    found = np.bitwise_count(bits & buckets.packed(mask)).sum(axis=1, dtype=np.int64)
    late = keys[len(built) :]
    counts = np.zeros(len(view.snapshot.vocabularies["category"]), np.int64)
    counts[static["bits.category.codes"]] = found
    if len(late):
        values = view.snapshot.columns.category.rows(late).values
        counts += np.bincount(values, minlength=len(counts))
    # With so many of the frequent ones ahead, no other can come into the answer.
    most = int(static["bits.category.rest"][0]) + len(late)
    if most and np.count_nonzero(counts > most) < MOST_VALUES:
        return _every_category(view, keys)
    counts[counts <= most] = 0
    return _named(view, "category", counts)


_every_category = _ragged("category")


def _bucketed(view: View, keys: Keys, name: str, late: Callable[[Keys], Any], size: int) -> Any:
    """Books by the number of their range, (size,)."""
    built = view.snapshot.static.get(f"bucket.{name}")
    if built is None:
        return np.bincount(late(keys), minlength=size)
    first = keys.searchsorted(view.snapshot.base_rows)
    number = np.bincount(built[keys[:first]], minlength=size)
    if first < len(keys):
        number = number + np.bincount(late(keys[first:]), minlength=size)
    return number


def _prices(view: View, keys: Keys) -> Counted:
    digits, price = exponent(view.currency), view.snapshot.columns.price_minor
    number = _bucketed(
        view,
        keys,
        f"price.{digits}",
        lambda some: buckets.price_bucket(price[some], digits),
        len(PRICE_BOUNDS) + 1,
    )
    edges = (None, *PRICE_BOUNDS, None)
    return [
        {"from": edges[i], "to": edges[i + 1], "count": found}
        for i, found in enumerate(number.tolist())
    ]


def _ratings(view: View, keys: Keys) -> Counted:
    """By whole stars, rounded down: 4 counts the averages from 4.00 to 4.99; best first."""
    rating = view.snapshot.columns.rating_x100
    number = _bucketed(
        view, keys, "rating", lambda some: buckets.rating_bucket(rating[some]), 6
    ).tolist()
    return [{"rating": stars, "count": number[stars]} for stars in range(5, -1, -1)]


def _years(view: View, keys: Keys) -> Counted:
    """By decade, newest first, the twenty newest that hold a book."""
    year = view.snapshot.columns.year[keys]
    decade, number = np.unique(year[year != NO_YEAR] // 10, return_counts=True)
    newest = list(zip(decade.tolist(), number.tolist(), strict=True))[::-1][:MOST_VALUES]
    return [{"from": ten * 10, "to": ten * 10 + 9, "count": found} for ten, found in newest]


def _availability(view: View, keys: Keys) -> Counted:
    available = int(np.count_nonzero(view.snapshot.columns.stock[keys] > 0))
    return [
        {"in_stock": True, "count": available},
        {"in_stock": False, "count": len(keys) - available},
    ]


COUNTERS: dict[Facet, Callable[[View, Keys], Counted]] = {
    "category": _categories,
    "price": _prices,
    "rating": _ratings,
    "author": _ragged("author"),
    "language": _plain("language"),
    "year": _years,
    "series": _plain("series"),
    "availability": _availability,
}
