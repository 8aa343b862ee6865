"""Orders by relevance that a reader is paging through: later pages go on in the same order.

Scores of all books change with every write, so a place cannot be told by its score. A worker
remembers whom it has ranked, by id; one that does not know an order ranks anew and goes on behind
the book shown last.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search import browsing
from core.search.columns import NONE
from core.search.paging import LONGEST, REST, Page, place_in
from core.search.ranking import RERANKED, Ranked
from core.search.snapshot import Snapshot
from core.search.view import View

MOST_BOOKS = 300_000
"""Books in all remembered orders of a worker: 56 bytes each."""
DEEPER = 1_000
LET_GO = 32

Keys = NDArray[np.int32]
Ids = NDArray[np.uint64]


class Order(Struct, frozen=True):
    """Books by relevance as they stood at some version. whole: none matched but these."""

    hi: Ids
    lo: Ids
    ranked: Ranked
    whole: bool


class Unread(NamedTuple):
    """An order whose second page nobody has asked for: most are never more than this.

    base: of which generation. hi, lo: of every book there. Not the snapshot, whose files would be
    deleted when the last order of it is forgotten, while visitors wait for that.
    """

    base: object
    hi: Ids
    lo: Ids
    ranked: Ranked
    whole: bool

    def read(self) -> Order:
        keys = self.ranked.keys
        return Order(self.hi[keys], self.lo[keys], self.ranked, self.whole)


def unread(snapshot: Snapshot, ranked: Ranked, whole: bool) -> Unread:
    columns = snapshot.columns
    return Unread(snapshot.static, columns.id_hi, columns.id_lo, ranked, whole)


class Orders:
    """Those used last; the eldest is forgotten first."""

    def __init__(self, most_books: int = MOST_BOOKS) -> None:
        self._most = most_books
        self._orders: OrderedDict[Hashable, Order | Unread] = OrderedDict()
        self._books = 0
        self._base: object = None
        self._elder: deque[Hashable] = deque()

    def of(self, name: Hashable) -> Order | None:
        order = self._orders.get(name)
        if order is None:
            return None
        self._orders.move_to_end(name)
        return order if isinstance(order, Order) else order.read()

    def keep(self, name: Hashable, order: Order | Unread) -> None:
        if isinstance(order, Unread) and self._base is not order.base:
            self._base = order.base
            self._elder.extend(self._orders)
        self._let_go()
        before = self._orders.pop(name, None)
        self._books += len(order.ranked.keys)
        if before is not None:
            self._books -= len(before.ranked.keys)
        self._orders[name] = order
        while self._books > self._most and len(self._orders) > 1:
            _, eldest = self._orders.popitem(last=False)
            self._books -= len(eldest.ranked.keys)

    def _let_go(self) -> None:
        """Read the ids of some that are of another generation than is served: its files may go.

        A few at each search, for there may be thousands.
        """
        for _ in range(min(LET_GO, len(self._elder))):
            name = self._elder.popleft()
            order = self._orders.get(name)
            if isinstance(order, Unread) and order.base is not self._base:
                self._orders[name] = order.read()


class Shown(Struct, frozen=True):
    """offset: places of the order that are behind the reader now; order: its version's name.

    more: whether anything may follow.
    """

    ranked: Ranked
    more: bool
    offset: int
    order: str


class Paging:
    """One question's pages. ranked: gives places of the order as it is now; keys: matches that
    pass the filters, ascending; narrowed: whether there are filters; reader: whose taste it is.
    """

    def __init__(
        self,
        orders: Orders,
        view: View,
        page: Page,
        *,
        ranked: Callable[[slice], Ranked],
        keys: Callable[[], Keys],
        narrowed: bool,
        reader: Hashable,
    ) -> None:
        self._orders, self._view, self._page = orders, view, page
        self._ranked, self._keys, self._narrowed = ranked, keys, narrowed
        self._reader = reader
        self._size = page.after - page.first

    def shown(self) -> Shown:
        page, version = self._page, self._view.snapshot.version
        if page.cursor is not None:
            return self._behind()
        if page.first:
            found = self._ranked(slice(page.first, page.after + 1))
            more = len(found.keys) > self._size
            return Shown(cut(found, slice(0, self._size)), more, page.after, "")
        depth = max(RERANKED, self._size + 1)
        found = self._ranked(slice(0, depth))
        if len(found.keys) <= self._size:
            return Shown(found, False, self._size, version)
        whole = len(found.keys) < depth
        self._orders.keep(self._name(version), unread(self._view.snapshot, found, whole))
        return Shown(cut(found, slice(0, self._size)), True, self._size, version)

    def _behind(self) -> Shown:
        cursor = self._page.cursor
        assert cursor is not None  # noqa: S101 # the caller has looked
        name = cursor.order.removesuffix(REST) or self._view.snapshot.version
        order, start = self._orders.of(self._name(name)), self._page.first
        if order is None:
            order = self._extended(None, start)
            start = self._start(order, cursor.book, start)
        if cursor.order.endswith(REST):
            return self._rest(order, name, place_in(cursor))
        while True:
            if start + self._size >= len(order.hi) and not _ended(order):
                order = self._extended(order, start)
            self._keep(name, order)
            places, after = self._living(order, start)
            if len(places) or after >= len(order.hi):
                break
            start = after
        if not len(places):
            return self._rest(order, name, None)
        more = after < len(order.hi) or not order.whole
        found = cut(order.ranked, places)
        return Shown(_at(found, self._ordinals(order, places)), more, after, name)

    def _rest(self, order: Order, name: str, behind: browsing.Place | None) -> Shown:
        """What matched past the remembered places, the most popular first."""
        keys = self._keys()
        if order.whole:
            keys = keys[:0]
        seen = self._ordinals(order, slice(None))
        left = np.setdiff1d(keys, seen[seen != NONE], assume_unique=True).astype(np.int32)
        wanted = self._size + 1
        listed = browsing.listed(
            self._view, left, "relevance", first=0, count=wanted, behind=behind
        )
        shown = listed[: self._size].astype(np.int64)
        nothing = np.zeros(len(shown))
        found = Ranked(shown, nothing, nothing, nothing, nothing, order.ranked.weights)
        return Shown(found, len(listed) == wanted, len(order.hi), name + REST)

    def _living(self, order: Order, start: int) -> tuple[NDArray[np.int64], int]:
        """Places of the next books that are still there, and the place behind them."""
        places = np.arange(start, min(len(order.hi), start + 2 * self._size))
        ordinals = self._ordinals(order, places)
        there = ordinals != NONE
        if self._narrowed:
            there &= np.isin(ordinals, self._keys())
        kept = places[there][: self._size]
        full = len(kept) == self._size
        return kept, int(kept[-1]) + 1 if full else start + len(places)

    def _extended(self, order: Order | None, start: int) -> Order:
        """The order with more places: the best of now that are not among them yet."""
        known = 0 if order is None else len(order.hi)
        wanted = min(LONGEST, max(DEEPER, 4 * known, start + 2 * self._size))
        found = self._ranked(slice(0, wanted))
        whole = len(found.keys) < wanted
        if order is None:
            return unread(self._view.snapshot, found, whole).read()
        ordinals = self._ordinals(order, slice(None))
        new = cut(found, ~np.isin(found.keys, ordinals))
        fresh = unread(self._view.snapshot, new, whole).read()
        return Order(
            np.concatenate((order.hi, fresh.hi)),
            np.concatenate((order.lo, fresh.lo)),
            _joined(order.ranked, fresh.ranked),
            whole,
        )

    def _start(self, order: Order, book: bytes, start: int) -> int:
        """Behind the book shown last; where that is gone, as many places on as were shown."""
        hi, lo = np.frombuffer(book, ">u8").astype(np.uint64)
        place = np.flatnonzero((order.hi == hi) & (order.lo == lo))
        return int(place[0]) + 1 if len(place) else min(start, len(order.hi))

    def _ordinals(self, order: Order, places: NDArray[np.int64] | slice) -> Keys:
        return self._view.snapshot.ordinals_of(order.hi[places], order.lo[places])

    def _keep(self, version: str, order: Order) -> None:
        self._orders.keep(self._name(version), order)

    def _name(self, version: str) -> Hashable:
        return self._page.question, version, self._reader


def cut(ranked: Ranked, places: "slice | NDArray[np.int64] | NDArray[np.bool_]") -> Ranked:
    """Some of the places."""
    return Ranked(
        ranked.keys[places],
        ranked.score[places],
        ranked.text[places],
        ranked.popularity[places],
        ranked.taste[places],
        ranked.weights,
    )


def _at(ranked: Ranked, ordinals: Keys) -> Ranked:
    """The same books where they are now."""
    return Ranked(
        ordinals.astype(np.int64),
        ranked.score,
        ranked.text,
        ranked.popularity,
        ranked.taste,
        ranked.weights,
    )


def _joined(first: Ranked, then: Ranked) -> Ranked:
    return Ranked(
        np.concatenate((first.keys, then.keys)),
        np.concatenate((first.score, then.score)),
        np.concatenate((first.text, then.text)),
        np.concatenate((first.popularity, then.popularity)),
        np.concatenate((first.taste, then.taste)),
        first.weights,
    )


def _ended(order: Order) -> bool:
    return order.whole or len(order.hi) >= LONGEST
