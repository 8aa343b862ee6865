"""Which books match: all words, three quarters, any — relaxed where full matches are few."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.search import champions
from core.search.columns import NONE
from core.search.snapshot import Scored
from core.search.understanding import Understood
from core.search.view import View

FEW = champions.FEW
"""Fewer matches than this and a query is relaxed."""
MOST_ENTITLED = 64
"""Books that match by their title alone; the longest titles where there are more."""

Step = Literal["all", "most", "any"]
Keys = NDArray[np.int32]
NOTHING: Keys = np.zeros(0, np.int32)


class Union(NamedTuple):
    """The books of one word or of two, as a sum of what can be counted once and kept.

    words: the terms that may stand for each. both: the books of two words, which their sum holds
    twice, ascending.
    """

    words: tuple[tuple[int, ...], ...]
    both: Keys


class Matches:
    """The books that match, told by number at once and by ordinal when somebody asks.

    minimum: words a book had to hold. entitled: books that hold fewer and match all the same,
    because their whole title stands in the query, ascending. scored: the engine's best of those
    that hold enough; None where nothing was asked of it. union: the same books as a sum, where
    they are one.
    """

    def __init__(
        self,
        step: Step,
        minimum: int,
        count: int,
        keys: Callable[[], Keys],
        *,
        entitled: Keys = NOTHING,
        scored: Scored | None = None,
        union: Union | None = None,
    ) -> None:
        self.step = step
        self.minimum = minimum
        self.count = count
        self.entitled = entitled
        self.scored = scored
        self.union = union
        self._find = keys

    @cached_property
    def keys(self) -> Keys:
        """Ordinals of the living books that match, ascending."""
        return self._find()


def match(
    view: View,
    query: Understood,
    rule: Step,
    *,
    limit: int,
    late: Callable[[], bool] = lambda: False,
) -> Matches:
    """Find the books that hold enough of the query's words, in any field.

    limit: so many of the best will be wanted. The engine counts on the way, so a step costs one
    question to it; ordinals are gathered from postings only where filters or facets need them.
    """
    count = len(query.words)
    if not count:
        return Matches(rule, 0, 0, lambda: NOTHING)
    most = max(1, count * 3 // 4)
    ladder: dict[Step, tuple[tuple[Step, int], ...]] = {
        "all": (("all", count),),
        "most": (("all", count), ("most", most), ("any", 1)),
        "any": (("any", 1),),
    }
    entitled = NOTHING
    fuller: Scored | None = None
    for step, minimum in ladder[rule]:
        if minimum > 1 and (step == "most" or not all(word.proper for word in query.words)):
            entitled = titles_within(view, query)
        found = _step(view, query, step, minimum, limit=limit, entitled=entitled, fuller=fuller)
        if found.count >= FEW or minimum == 1 or (found.count and late()):
            break
        fuller = found.scored
    return found


def _step(
    view: View,
    query: Understood,
    step: Step,
    minimum: int,
    *,
    limit: int,
    entitled: Keys,
    fuller: Scored | None,
) -> Matches:
    """fuller: all books that match at the step before."""
    scored, union = _scored(view, query, minimum, limit, fuller)
    if len(entitled):
        entitled = entitled[words_held(view, query, entitled) < minimum]
    return Matches(
        step,
        minimum,
        scored.total + len(entitled),
        partial(_keys, view, query, minimum, scored, entitled),
        entitled=entitled,
        scored=scored,
        union=None if len(entitled) else union,
    )


def _scored(
    view: View, query: Understood, minimum: int, limit: int, fuller: Scored | None
) -> tuple[Scored, Union | None]:
    words = query.words
    if minimum == 1 and limit <= champions.REACH:
        if len(words) == 1:
            return champions.of_word(view, words[0], limit), Union(query.codes, NOTHING)
        if len(words) == 2 and fuller is not None and len(fuller.keys) == fuller.total < FEW:
            both = np.sort(fuller.keys).astype(np.int32)
            scored = champions.of_either(view, words[0], words[1], fuller, limit)
            return scored, Union(query.codes, both)
    return view.snapshot.text.top(words, minimum=minimum, limit=limit), None


def words_held(view: View, query: Understood, keys: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """How many of the query's words each book holds in any field, (k,)."""
    held = np.zeros(len(keys), np.int64)
    for codes in query.codes:
        rows = holding(view, codes)
        if len(rows):
            held += rows.take(np.searchsorted(rows, keys), mode="clip") == keys
    return held


def titles_within(view: View, query: Understood) -> Keys:
    """Living books of which the whole title stands in the query, ascending.

    A title of a single word counts only where it is at least half of the query: "It" is not
    what "what is it about" asks for.
    """
    inverse = view.inverse("title_terms")
    held = np.zeros(view.snapshot.rows, np.uint8)
    for code in {code for word in query.codes for code in word}.union(
        code for code, _ in query.small
    ):
        held[inverse.ordinals(code)] += 1
    length = view.keep("title lengths", lambda: _title_lengths(view))
    proper = sum(word.proper for word in query.words)
    fewest = 1 if proper <= 2 else 2
    found = living(view, np.flatnonzero((held >= length) & (held >= fewest)))
    if len(found) > MOST_ENTITLED:
        longest = np.argsort(-length[found].astype(np.int16), kind="stable")[:MOST_ENTITLED]
        found = np.sort(found[longest])
    return found


def _title_lengths(view: View) -> NDArray[np.uint8]:
    """Distinct words of each title, (rows,), cut at 255; 255 also for none: nothing holds it."""
    start = view.snapshot.columns.title_terms.start
    length = np.minimum(start[1:] - start[:-1], 255)
    length[length == 0] = 255
    short: NDArray[np.uint8] = length.astype(np.uint8)
    return short


def _keys(view: View, query: Understood, minimum: int, scored: Scored, entitled: Keys) -> Keys:
    if len(scored.keys) == scored.total:
        found = np.sort(scored.keys).astype(np.int32)
    else:
        rows = [holding(view, codes) for codes in query.codes]
        full = minimum == len(rows)
        found = living(view, _all_of(view, rows) if full else _some_of(view, rows, minimum))
    return np.union1d(found, entitled) if len(entitled) else found


def holding(view: View, codes: tuple[int, ...]) -> Keys:
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
            found = found[other.take(np.searchsorted(other, found), mode="clip") == found]
        else:
            held = np.zeros(view.snapshot.rows, np.bool_)
            held[other] = True
            found = found[held[found]]
    return found


def _some_of(view: View, rows: list[Keys], minimum: int) -> NDArray[np.int64]:
    """The rows that stand in at least `minimum` of the lists."""
    held = np.zeros(view.snapshot.rows, np.uint8)
    for found in rows:
        held[found] += 1
    return np.flatnonzero(held >= minimum)


def living(view: View, keys: NDArray[np.integer[Any]]) -> Keys:
    """Those that are no tombstones."""
    if view.snapshot.living == view.snapshot.rows:
        return keys.astype(np.int32, copy=False)
    kept: Keys = keys[view.snapshot.alive[keys]].astype(np.int32, copy=False)
    return kept
