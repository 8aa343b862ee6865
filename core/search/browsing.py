"""Orders that need no text: by price, rating, date or popularity, straight from the columns.

Every order is by a value that only the book itself decides, then by its id, so that neither a
write of another book nor a rebuild moves a book, and a list goes on behind any place of it.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.search.columns import NO_YEAR, Columns
from core.search.ordering import ascending, stable_order
from core.search.popularity import Opinion, popularity
from core.search.request import Sort
from core.search.view import View

STEP = 4_096
"""Places of an order between two that are remembered, to find a place by value."""
FEW = 2
"""So many books a place that is wanted are looked through in the time that one is sorted in."""
LASTING = Opinion(3.9, 10_000_000)
"""What popularity is measured by here: the store's own opinion changes with every rebuild."""

Keys = NDArray[np.int32]
Values = NDArray[np.float64]
Ids = NDArray[np.uint64]


class Place(NamedTuple):
    """Where a book stands in an order: its value, then the halves of its id."""

    value: float
    hi: int
    lo: int


def _newest(columns: Columns, keys: Keys) -> Values:
    """Books of unknown date come last."""
    year = columns.year[keys].astype(np.float64)
    return np.where(year == NO_YEAR, np.inf, -year)


def _popular(columns: Columns, keys: Keys) -> Values:
    liked = popularity(columns.rating_x100[keys] / 100, columns.reviews[keys], LASTING)
    return -liked.astype(np.float64)


def _best_rated(columns: Columns, keys: Keys) -> Values:
    """Among equal averages the more popular first: popularity stays below one hundredth."""
    return -columns.rating_x100[keys].astype(np.float64) + 0.99 * _popular(columns, keys)


def _cheapest(columns: Columns, keys: Keys) -> Values:
    return columns.price_minor[keys].astype(np.float64)


def _dearest(columns: Columns, keys: Keys) -> Values:
    return -columns.price_minor[keys].astype(np.float64)


# Each gives the values to sort ascending by; without text, relevance is popularity.
ORDERS: dict[Sort, Callable[[Columns, Keys], Values]] = {
    "relevance": _popular,
    "popular": _popular,
    "price": _cheapest,
    "price_asc": _cheapest,
    "price_desc": _dearest,
    "rating": _best_rated,
    "date": _newest,
}
_BUILT: dict[Sort, Sort] = {
    "relevance": "popular", "popular": "popular", "price": "price", "price_asc": "price",
    "price_desc": "price_desc", "rating": "rating", "date": "date",
}  # fmt: skip


def build(columns: Columns) -> dict[str, NDArray[Any]]:
    """`order.<sort>` for each order there is: all rows in that order, (n,) int32."""
    # By id once, then by value so that equal values keep that order.
    by_lo = stable_order(columns.id_lo)
    by_id = by_lo[stable_order(columns.id_hi[by_lo])].astype(np.int32)
    return {
        f"order.{sort}": by_id[stable_order(ascending(ORDERS[sort](columns, by_id)))]
        for sort in sorted(set(_BUILT.values()))
    }


def place_of(columns: Columns, key: int, sort: Sort) -> Place:
    value = float(ORDERS[sort](columns, np.array([key], np.int32))[0])
    return Place(value, int(columns.id_hi[key]), int(columns.id_lo[key]))


def listed(
    view: View, keys: Keys, sort: Sort, *, first: int, count: int, behind: Place | None = None
) -> Keys:
    """`count` of the keys in the order asked for, from place `first` on.

    keys: living books, ascending. behind: skip what stands at or before this place.
    """
    wanted = first + count
    # Picked from the order, a list of one book in ten takes ten looks a place.
    if len(keys) * len(keys) < FEW * wanted * view.snapshot.living:
        return _of_few(view.snapshot.columns, keys, sort, slice(first, first + count), behind)
    mask = view.snapshot.alive
    if len(keys) < view.snapshot.living:
        mask = np.zeros(view.snapshot.rows, np.bool_)
        mask[keys] = True
    columns = view.snapshot.columns
    built, late = view.keep(f"order.{_BUILT[sort]}", lambda: _order_of(view, _BUILT[sort]))
    found = [
        _passing(part.keys, mask, part.after(columns, sort, behind), wanted)
        for part in (built, late)
        if len(part.keys)
    ]
    if len(found) == 1:
        return found[0][first:wanted]
    if not found:
        return keys[:0]
    return _sorted(columns, np.concatenate(found), sort)[first:wanted]


class _Ordered(NamedTuple):
    """Some rows in order, and the places of every 4,096th of them."""

    keys: Keys
    steps: list[Place]

    def after(self, columns: Columns, sort: Sort, behind: Place | None) -> int:
        """How many rows stand at or before the place."""
        if behind is None:
            return 0
        step = max(0, bisect_right(self.steps, behind) - 1) * STEP
        block = self.keys[step : step + STEP]
        later = _behind(columns, block, ORDERS[sort](columns, block), behind)
        return step + (int(later.argmax()) if later.any() else len(block))


def _order_of(view: View, sort: Sort) -> tuple[_Ordered, _Ordered]:
    """The built rows, and those appended since."""
    columns, base = view.snapshot.columns, view.snapshot.base_rows
    built = view.snapshot.static.get(f"order.{sort}")
    if built is None:
        built = _sorted(columns, np.arange(base, dtype=np.int32), sort)
    late = _sorted(columns, np.arange(base, view.snapshot.rows, dtype=np.int32), sort)
    return _stepped(columns, built, sort), _stepped(columns, late, sort)


def _stepped(columns: Columns, keys: Keys, sort: Sort) -> _Ordered:
    some = keys[::STEP]
    values = ORDERS[sort](columns, some).tolist()
    ids = columns.id_hi[some].tolist(), columns.id_lo[some].tolist()
    return _Ordered(keys, [Place(*place) for place in zip(values, *ids, strict=True)])


def _passing(order: Keys, mask: NDArray[np.bool_], start: int, wanted: int) -> Keys:
    """The first `wanted` rows of the order from a place on that the mask lets through."""
    found, size = [], 2 * wanted
    while start < len(order) and wanted > 0:
        part = order[start : start + size]
        part = part[mask[part]][:wanted]
        found.append(part)
        wanted -= len(part)
        start, size = start + size, 4 * size
    return found[0] if len(found) == 1 else np.concatenate([order[:0], *found])


def _of_few(columns: Columns, keys: Keys, sort: Sort, places: slice, behind: Place | None) -> Keys:
    value = ORDERS[sort](columns, keys)
    if behind is not None:
        later = _behind(columns, keys, value, behind)
        keys, value = keys[later], value[later]
    if places.stop * 8 < len(keys):
        # Everything up to the last value that is shown; many may share that one.
        inside = value <= np.partition(value, places.stop - 1)[places.stop - 1]
        keys, value = keys[inside], value[inside]
    return keys[_by_id(columns, keys, value)[places]]


def _behind(columns: Columns, keys: Keys, value: Values, place: Place) -> NDArray[np.bool_]:
    later: NDArray[np.bool_] = value > place.value
    same = np.flatnonzero(value == place.value)
    if len(same):
        hi, lo = columns.id_hi[keys[same]], columns.id_lo[keys[same]]
        wanted = np.uint64(place.hi)
        later[same] = (hi > wanted) | ((hi == wanted) & (lo > np.uint64(place.lo)))
    return later


def _sorted(columns: Columns, keys: Keys, sort: Sort) -> Keys:
    order: Keys = keys[_by_id(columns, keys, ORDERS[sort](columns, keys))]
    return order


def _by_id(columns: Columns, keys: Keys, value: Values) -> NDArray[np.int64]:
    """Positions by value, then by id."""
    return np.lexsort((columns.id_lo[keys], columns.id_hi[keys], value))
