"""Which books match: set operations on postings, relaxed step by step where matches are few."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.search.columns import NONE
from core.search.snapshot import Scored
from core.search.understanding import Understood
from core.search.view import View

FEW = 10
"""Fewer full matches than this and a query is relaxed."""

Step = Literal["all", "most", "any"]
Keys = NDArray[np.int32]
NOTHING: Keys = np.zeros(0, np.int32)


class Matches:
    """The books that match, told by number at once and by ordinal when somebody asks.

    minimum: words a book had to hold. entitled: books that match fully because their whole title
    stands in the query, ascending. held: (rows,) uint8, how many words each row holds; None when
    all hold all of them. scored: the engine's best; None when it was not asked.
    """

    def __init__(
        self,
        step: Step,
        minimum: int,
        count: int,
        keys: Callable[[], Keys],
        *,
        entitled: Keys = NOTHING,
        held: NDArray[np.uint8] | None = None,
        scored: Scored | None = None,
    ) -> None:
        self.step = step
        self.minimum = minimum
        self.count = count
        self.entitled = entitled
        self.held = held
        self.scored = scored
        self._find = keys

    @cached_property
    def keys(self) -> Keys:
        """Ordinals of the living books that match, ascending."""
        return self._find()


def match(view: View, query: Understood, rule: Step, *, limit: int) -> Matches:
    """Find the books that hold enough of the query's words, in any field.

    limit: so many of the best will be wanted. The engine is asked first: it counts on the way,
    and an answer below the limit is the whole of the matching books.
    """
    count = len(query.words)
    if not count:
        return Matches(rule, 0, 0, lambda: NOTHING)
    if rule != "any":
        scored = view.snapshot.text.top(query.words, minimum=count, limit=limit)
        if rule == "all" or count == 1 or scored.total >= FEW:
            keys = partial(_full, view, query, scored)
            return Matches("all", count, scored.total, keys, scored=scored)
    held = _held(view, _rows(view, query))
    if rule == "any":
        rows = _alive(view, np.flatnonzero(held))
        return Matches("any", 1, len(rows), partial(_found, rows), held=held)
    return _relaxed(view, query, held)


def _found(keys: Keys) -> Keys:
    return keys


def _full(view: View, query: Understood, scored: Scored) -> Keys:
    if len(scored.keys) == scored.total:
        return np.sort(scored.keys).astype(np.int32)
    return _alive(view, _all_of(view, _rows(view, query)))


def _relaxed(view: View, query: Understood, held: NDArray[np.uint8]) -> Matches:
    """The fullest step that answers with more than a few: all, three quarters, any."""
    count = len(query.words)
    entitled = _alive(view, titles_within(view, query))
    held[entitled] = count
    steps: tuple[tuple[Step, int], ...] = (("all", count), ("most", count * 3 // 4), ("any", 1))
    for step, least in steps:
        minimum = max(1, least)
        keys = _alive(view, np.flatnonzero(held >= minimum))
        if len(keys) >= FEW or minimum == 1:
            return Matches(
                step, minimum, len(keys), partial(_found, keys), entitled=entitled, held=held
            )
    raise AssertionError("the last step takes any word")


def titles_within(view: View, query: Understood) -> Keys:
    """Rows whose whole title stands in the query.

    A title of a single word counts only where it is at least half of the query: "It" is not
    what "what is it about" asks for.
    """
    inverse = view.inverse("title_terms")
    held = np.zeros(view.snapshot.rows, np.uint8)
    for code in {code for word in query.codes for code in word}:
        held[inverse.ordinals(code)] += 1
    length = view.keep("title lengths", lambda: _title_lengths(view))
    fewest = 1 if len(query.words) <= 2 else 2
    return np.flatnonzero((held >= length) & (held >= fewest)).astype(np.int32)


def _title_lengths(view: View) -> NDArray[np.uint8]:
    """Distinct words of each title, (rows,), cut at 255; 255 also for none: nothing holds it."""
    start = view.snapshot.columns.title_terms.start
    length = np.minimum(start[1:] - start[:-1], 255)
    length[length == 0] = 255
    short: NDArray[np.uint8] = length.astype(np.uint8)
    return short


def _rows(view: View, query: Understood) -> list[Keys]:
    return [_holding(view, codes) for codes in query.codes]


def _holding(view: View, codes: tuple[int, ...]) -> Keys:
    """Rows holding any of the terms that may stand for one word, ascending."""
    postings = view.snapshot.terms.postings
    if len(codes) == 1:
        return postings(codes[0])
    held = np.zeros(view.snapshot.rows, np.bool_)
    for code in codes:
        if code != NONE:
            held[postings(code)] = True
    return np.flatnonzero(held).astype(np.int32)


def _all_of(view: View, rows: list[Keys]) -> Keys:
    """The rows that stand in every list, rarest list first."""
    rows = sorted(rows, key=len)
    found = rows[0]
    for other in rows[1:]:
        if len(found) * 16 < len(other):
            place = np.searchsorted(other, found)
            place[place == len(other)] = 0
            found = found[other[place] == found]
        else:
            held = np.zeros(view.snapshot.rows, np.bool_)
            held[other] = True
            found = found[held[found]]
    return found


def _held(view: View, rows: list[Keys]) -> NDArray[np.uint8]:
    """How many of the words each row holds."""
    held = np.zeros(view.snapshot.rows, np.uint8)
    for found in rows:
        held[found] += 1
    return held


def _alive(view: View, keys: NDArray[np.integer[Any]]) -> Keys:
    living: Keys = keys[view.snapshot.alive[keys]].astype(np.int32, copy=False)
    return living
