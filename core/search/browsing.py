"""Orders that need no text: by price, rating, date or popularity, straight from the columns."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.search.columns import NO_YEAR, Columns
from core.search.request import Sort

Keys = NDArray[np.int32]
Values = NDArray[np.float64]


def _newest(columns: Columns, keys: Keys) -> Values:
    """Books of unknown date come last."""
    year = columns.year[keys].astype(np.float64)
    return np.where(year == NO_YEAR, np.inf, -year)


def _best_rated(columns: Columns, keys: Keys) -> Values:
    """Among equal averages the more popular first: popularity stays below one hundredth."""
    return -columns.rating_x100[keys].astype(np.float64) - 0.99 * columns.popularity[keys]


# Each gives the values to sort ascending by; ties go to the lower ordinal.
ORDERS: dict[Sort, Callable[[Columns, Keys], Values]] = {
    "relevance": lambda columns, keys: -columns.popularity[keys].astype(np.float64),
    "popular": lambda columns, keys: -columns.popularity[keys].astype(np.float64),
    "price": lambda columns, keys: columns.price_minor[keys].astype(np.float64),
    "price_asc": lambda columns, keys: columns.price_minor[keys].astype(np.float64),
    "price_desc": lambda columns, keys: -columns.price_minor[keys].astype(np.float64),
    "rating": _best_rated,
    "date": _newest,
}


def values(columns: Columns, keys: Keys, sort: Sort) -> Values:
    """What each book is sorted by, ascending; without text, relevance is popularity."""
    return ORDERS[sort](columns, keys)


def window(value: Values, first: int, after: int) -> NDArray[np.int64]:
    """Positions of the places first to after in the order of the values, ties by position."""
    if after * 8 >= len(value):
        return np.argsort(value, kind="stable")[first:after]
    bound = np.partition(value, after - 1)[after - 1]
    inside = np.flatnonzero(value <= bound)
    return inside[np.argsort(value[inside], kind="stable")][first:after]
