"""Facets: exact counts over the matching books, by code and by range."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.kernel.money import exponent
from core.search import buckets
from core.search import filters as filtering
from core.search.buckets import PRICE_BOUNDS
from core.search.columns import NO_YEAR, NONE
from core.search.matching import Matches, Union, holding, living
from core.search.request import Facet, Filters
from core.search.view import View

MOST_VALUES = 20
DENSE = 24
"""Of more than one book in so many, categories are counted by bitmaps."""

LONGEST_KEPT = 1_024
MOST_KEPT = 8_192
"""Tallies of words that are kept as long as the snapshot, and the longest of them in numbers."""
FIRST_DECADE = NO_YEAR // 10

Keys = NDArray[np.int32]
Tally = NDArray[np.int64]
"""How many books there are of each value of a facet; those of sets without a common book add up."""
Counted = list[dict[str, Any]]
Counter = tuple[Callable[[View, Keys], Tally], Callable[[View, Tally], Counted]]

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


def count(
    view: View,
    matches: Matches,
    filters: Filters,
    wanted: tuple[Facet, ...],
    *,
    passed: Keys | None = None,
) -> dict[str, Any]:
    """Count each wanted facet over the matching books.

    A facet's counts ignore the filter on that facet itself and honour all others. passed: the
    matching books that pass every filter, where somebody knows them.
    """
    active = filtering.active(filters)
    counted = {}
    if not active and (union := matches.union) is not None:
        for facet in wanted:
            if _adds_up(view, facet):
                counted[ANSWER_NAMES[facet]] = _of_union(view, facet, union)
        wanted = tuple(facet for facet in wanted if ANSWER_NAMES[facet] not in counted)
        if not wanted:
            return counted
    keys = matches.keys
    if passed is None:
        passed = _narrowed(view, keys, filters, "") if active else keys
    for facet in wanted:
        chosen = _narrowed(view, keys, filters, facet) if facet in active else passed
        counted[ANSWER_NAMES[facet]] = _counted(view, facet, chosen)
    return counted


def _counted(view: View, facet: Facet, keys: Keys) -> Counted:
    """The whole shop's counts are kept with the view."""
    if len(keys) == view.snapshot.living:
        return view.keep(f"facet.{facet}", lambda: _afresh(view, facet, keys))
    return _afresh(view, facet, keys)


def _afresh(view: View, facet: Facet, keys: Keys) -> Counted:
    tally, told = COUNTERS[facet]
    if facet == "category" and (frequent := _frequent_categories(view, keys)) is not None:
        return told(view, frequent)
    return told(view, tally(view, keys))


def _adds_up(view: View, facet: Facet) -> bool:
    """Whether the counts of single words are worth keeping."""
    if facet in {"category", "language"}:
        return len(view.snapshot.vocabularies[facet]) <= LONGEST_KEPT
    return facet in {"price", "rating", "availability"}


def _of_union(view: View, facet: Facet, union: Union) -> Counted:
    """Counts add up: each word's are kept, and those of books of both are taken off."""
    tally, told = COUNTERS[facet]
    kept: dict[tuple[Facet, tuple[int, ...]], Tally] = view.keep("tallies", dict)
    total: Tally | None = None
    for codes in union.words:
        found = kept.get((facet, codes))
        if found is None:
            found = tally(view, living(view, holding(view, codes)))
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[facet, codes] = found
        total = found if total is None else total + found
    assert total is not None  # noqa: S101 # a union has a word
    if len(union.both):
        total = total - tally(view, union.both)
    return told(view, total)


def _narrowed(view: View, keys: Keys, filters: Filters, skip: str) -> Keys:
    return filtering.passing(view, filters, keys, skip=skip)


def _named(column: str, view: View, counts: Tally) -> Counted:
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


def _ragged(column: str) -> Counter:
    """A counter of a column that holds several codes a book."""

    def tally(view: View, keys: Keys) -> Tally:
        codes = len(view.snapshot.vocabularies[column])
        if len(keys) * 8 < view.snapshot.rows:
            values = getattr(view.snapshot.columns, column).rows(keys).values
            return np.bincount(values, minlength=codes)
        mask = np.zeros(view.snapshot.rows, np.bool_)
        mask[keys] = True
        return view.inverse(column).counts(mask, codes)

    return tally, partial(_named, column)


def _plain(column: str) -> Counter:
    """A counter of a column that holds one code a book, or NONE."""

    def tally(view: View, keys: Keys) -> Tally:
        values = getattr(view.snapshot.columns, column)[keys]
        codes = len(view.snapshot.vocabularies[column])
        return np.bincount(values[values != NONE], minlength=codes)

    return tally, partial(_named, column)


def _frequent_categories(view: View, keys: Keys) -> Tally | None:
    """By bitmaps where many books match: those that can come into the answer, others as 0.

    None where few books match, or a category without a bitmap might be among the first.
    """
    static, base = view.snapshot.static, view.snapshot.base_rows
    bits = static.get("bits.category")
    if bits is None or not len(bits) or len(keys) * DENSE < view.snapshot.rows:
        return None
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
        return None
    counts[counts <= most] = 0
    return counts


def _bucketed(view: View, keys: Keys, name: str, late: Callable[[Keys], Any], size: int) -> Tally:
    """Books by the number of their range, (size,)."""
    built = view.snapshot.static.get(f"bucket.{name}")
    if built is None:
        return np.bincount(late(keys), minlength=size)
    first = int(keys.searchsorted(view.snapshot.base_rows))
    if first == len(keys):
        return np.bincount(built.take(keys), minlength=size)
    number = np.bincount(built.take(keys[:first]), minlength=size)
    return number + np.bincount(late(keys[first:]), minlength=size)


def _prices(view: View, keys: Keys) -> Tally:
    digits, price = exponent(view.currency), view.snapshot.columns.price_minor
    return _bucketed(
        view,
        keys,
        f"price.{digits}",
        lambda some: buckets.price_bucket(price[some], digits),
        len(PRICE_BOUNDS) + 1,
    )


def _told_prices(view: View, counts: Tally) -> Counted:
    edges = (None, *PRICE_BOUNDS, None)
    return [
        {"from": edges[i], "to": edges[i + 1], "count": found}
        for i, found in enumerate(counts.tolist())
    ]


def _ratings(view: View, keys: Keys) -> Tally:
    """By whole stars, rounded down: 4 counts the averages from 4.00 to 4.99."""
    rating = view.snapshot.columns.rating_x100
    return _bucketed(view, keys, "rating", lambda some: buckets.rating_bucket(rating[some]), 6)


def _told_ratings(view: View, counts: Tally) -> Counted:
    """Best first."""
    number = counts.tolist()
    return [{"rating": stars, "count": number[stars]} for stars in range(5, -1, -1)]


def _years(view: View, keys: Keys) -> Tally:
    """By decade from that of the year -32768 on."""
    year = view.snapshot.columns.year[keys]
    return np.bincount(year[year != NO_YEAR] // 10 - FIRST_DECADE, minlength=-2 * FIRST_DECADE)


def _told_years(view: View, counts: Tally) -> Counted:
    """Newest first, the twenty newest that hold a book."""
    newest = np.flatnonzero(counts)[: -MOST_VALUES - 1 : -1].tolist()
    return [
        {"from": first, "to": first + 9, "count": int(counts[place])}
        for place in newest
        for first in ((place + FIRST_DECADE) * 10,)
    ]


def _availability(view: View, keys: Keys) -> Tally:
    available = int(np.count_nonzero(view.snapshot.columns.stock[keys] > 0))
    return np.array([available, len(keys) - available])


def _told_availability(view: View, counts: Tally) -> Counted:
    available, gone = counts.tolist()
    return [{"in_stock": True, "count": available}, {"in_stock": False, "count": gone}]


COUNTERS: dict[Facet, Counter] = {
    "category": _ragged("category"),
    "price": (_prices, _told_prices),
    "rating": (_ratings, _told_ratings),
    "author": _ragged("author"),
    "language": _plain("language"),
    "year": (_years, _told_years),
    "series": _plain("series"),
    "availability": (_availability, _told_availability),
}
