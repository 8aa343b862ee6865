"""Which part of a list is shown: by page, or from where a cursor left off."""

import struct
from operator import attrgetter

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search import browsing
from core.search.browsing import Place
from core.search.cursor import Cursor, fingerprint, read, write
from core.search.ranking import RERANKED
from core.search.request import SearchRequest
from core.search.view import View

REST = "+"
"""Ends the name of an order by relevance whose remembered places have all been shown."""
LONGEST = 10_000
"""Places of an order by relevance; behind them the rest follows, the most popular first."""

Keys = NDArray[np.int32]
_HALF = (1 << 64) - 1
_HALVES = struct.Struct(">QQ")


class Page(Struct, frozen=True):
    """first, after: places of the whole order that are shown. question: fingerprint of what was
    asked, without the page. cursor: where the client left off, if it said so.
    """

    first: int
    after: int
    question: bytes
    cursor: Cursor | None

    @property
    def reach(self) -> int:
        """How many of the engine's best are wanted."""
        return RERANKED if self.cursor is not None else max(RERANKED, self.after + 1)


def page_of(request: SearchRequest, secret: bytes) -> Page:
    """Raises Invalid for a cursor of another question."""
    question = fingerprint(_question(request))
    if not request.cursor:
        first = (request.page - 1) * request.size
        return Page(first, first + request.size, question, None)
    cursor = read(request.cursor, secret, query=question)
    return Page(cursor.offset, cursor.offset + request.size, question, cursor)


def sorted_page(view: View, keys: Keys, request: SearchRequest, page: Page) -> tuple[Keys, bool]:
    """The page's books in the order asked for, and whether any stand behind them.

    With a cursor the list goes on behind the place of the book shown last, wherever that book
    is by now.
    """
    first, behind = page.first, None
    if page.cursor is not None:
        first, behind = 0, place_in(page.cursor)
    count = request.size + 1
    shown = browsing.listed(view, keys, request.sort, first=first, count=count, behind=behind)
    return shown[: request.size], len(shown) > request.size


def next_cursor(
    view: View,
    request: SearchRequest,
    page: Page,
    shown: Keys,
    secret: bytes,
    *,
    offset: int | None = None,
    order: str = "",
) -> str:
    """The cursor behind the last of the shown books; they are not empty.

    offset, order: for lists by relevance, see `remembering`.
    """
    key = int(shown[-1])
    value = 0.0
    if not order or order.endswith(REST):
        value = browsing.place_of(view.snapshot.columns, key, request.sort).value
    if offset is None:
        offset = page.first + len(shown)
    return write(Cursor(page.question, offset, value, _id_bytes(view, key), order), secret)


def _id_bytes(view: View, key: int) -> bytes:
    columns = view.snapshot.columns
    return _HALVES.pack(columns.id_hi[key], columns.id_lo[key])


def place_in(cursor: Cursor) -> Place:
    """Where the book shown last stands in the order asked for."""
    number = int.from_bytes(cursor.book, "big")
    return Place(cursor.value, number >> 64, number & _HALF)


_question = attrgetter(
    *(
        name
        for name in SearchRequest.__struct_fields__
        if name not in {"page", "size", "cursor", "facets", "highlight", "explain", "min_version"}
    )
)
