"""Which books match: set operations on postings, relaxed step by step where matches are few."""

from typing import Any, Literal

import numpy as np
from msgspec import Struct
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


class Matches(Struct, frozen=True):
    """keys: ordinals of the living books that match, ascending. minimum: words a book had to
    hold. entitled: those of the keys that match fully because their whole title stands in the
    query. held: (rows,) uint8, how many words each row holds; None when all hold all of them.
    scored: the engine's best of the keys, all of them where they are fewer than were asked for;
    None when it was not asked.
    """

    step: Step
    minimum: int
    keys: Keys
    entitled: Keys = NOTHING
    held: NDArray[np.uint8] | None = None
    scored: Scored | None = None


def match(view: View, query: Understood, rule: Step, *, limit: int) -> Matches:
    """Find the books that hold enough of the query's words, in any field.

    limit: so many of the best will be wanted. The engine is asked first: an answer below the
    limit is the whole of the matching books, and most queries end there.
    """
    count = len(query.words)
    if not count:
        return Matches(rule, 0, NOTHING)
    if rule != "any":
        scored = view.snapshot.text.top(query.words, minimum=count, limit=limit)
        if len(scored.keys) < limit:
            full = np.sort(scored.keys).astype(np.int32)
        else:
            full = _alive(view, _all_of(view, _rows(view, query)))
        if rule == "all" or count == 1 or len(full) >= FEW:
            return Matches("all", count, full, scored=scored)
    held = _held(view, _rows(view, query))
    if rule == "any":
        return Matches("any", 1, _alive(view, np.flatnonzero(held)), held=held)
    return _relaxed(view, query, held)


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
            return Matches(step, minimum, keys, entitled, held)
    raise AssertionError("the last step takes any word")


def titles_within(view: View, query: Understood) -> Keys:
    """Rows whose whole title stands in the query.

    A title of a single word counts only where it is at least half of the query: "It" is not
    what "what is it about" asks for.
    """
    codes = [code for word in query.codes for code in word]
    inverse = view.inverse("title_terms")
    rows = np.concatenate([inverse.ordinals(code) for code in codes])
    start = view.snapshot.columns.title_terms.start
    found, held = np.unique(rows, return_counts=True)
    length = start[found + 1] - start[found]
    within = held >= length
    if len(query.words) > 2:
        within &= length > 1
    entitled: Keys = found[within]
    return entitled


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
