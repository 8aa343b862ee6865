"""Which part of a list is shown: by page, or from where a cursor left off."""

from uuid import UUID

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search import browsing
from core.search.cursor import Cursor, fingerprint, read, write
from core.search.request import SearchRequest
from core.search.view import View

Keys = NDArray[np.int32]


class Page(Struct, frozen=True):
    """first, after: places of the whole order that are shown. question: fingerprint of what was
    asked, without the page. cursor: where the client left off, if it said so.
    """

    first: int
    after: int
    question: bytes
    cursor: Cursor | None


def page_of(request: SearchRequest, secret: bytes) -> Page:
    """Raises Invalid for a cursor of another question."""
    filters = [getattr(request, name) for name in QUESTION_FIELDS]
    question = fingerprint(*filters)
    if not request.cursor:
        first = (request.page - 1) * request.size
        return Page(first, first + request.size, question, None)
    cursor = read(request.cursor, secret, query=question)
    return Page(cursor.offset, cursor.offset + request.size, question, cursor)


def sorted_page(view: View, keys: Keys, request: SearchRequest, page: Page) -> Keys:
    """The page's books in the order asked for, ties to the lower ordinal.

    With a cursor the list goes on behind the book shown last, wherever that stands by now.
    """
    columns = view.snapshot.columns
    value = browsing.values(columns, keys, request.sort)
    if page.cursor is None:
        return keys[browsing.window(value, page.first, page.after)]
    last = view.snapshot.ordinal_of(UUID(bytes=page.cursor.book))
    behind = (value > page.cursor.value) | ((value == page.cursor.value) & (keys > last))
    keys, value = keys[behind], value[behind]
    return keys[browsing.window(value, 0, request.size)]


def next_cursor(view: View, request: SearchRequest, page: Page, shown: Keys, secret: bytes) -> str:
    """The cursor behind the last of the shown books; they are not empty."""
    last = shown[-1:]
    return write(
        Cursor(
            query=page.question,
            offset=page.first + len(shown),
            value=float(browsing.values(view.snapshot.columns, last, request.sort)[0]),
            book=view.id_of(int(last[0])).bytes,
        ),
        secret,
    )


QUESTION_FIELDS = tuple(
    name
    for name in SearchRequest.__struct_fields__
    if name not in {"page", "size", "cursor", "facets", "highlight", "explain", "min_version"}
)
