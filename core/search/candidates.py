"""The best-scoring books of a match: what the engine is asked for, and no more than needed."""

import numpy as np
from numpy.typing import NDArray

from core.search.matching import Matches
from core.search.snapshot import Scored
from core.search.understanding import Understood
from core.search.view import View

TERM_SET = 1_024
"""Books up to which the engine can be told to score just those."""
MOST_ASKED = 10_000
HIT_COST, NAMED_COST = 0.4, 9.0
"""Microseconds for one more hit, and for one more book named to the engine."""

Keys = NDArray[np.int32]


def candidates(
    view: View, query: Understood, matches: Matches, chosen: Keys | None, limit: int
) -> Scored:
    """Score the best `limit` of the chosen books, best first.

    chosen: those of the matches that passed the filters, ascending; None for all. Books whose
    whole title stands in the query are among them however few of its words they hold.
    """
    scored, count = matches.scored, matches.count
    if chosen is None and not len(matches.entitled):
        return scored or view.snapshot.text.top(query.words, minimum=matches.minimum, limit=limit)
    if chosen is not None and scored is not None and len(scored.keys) == count:
        kept = np.isin(scored.keys, chosen)
        return Scored(scored.keys[kept], scored.scores[kept], len(chosen))
    return _picked(view, query, matches, matches.keys if chosen is None else chosen, limit)


def _picked(view: View, query: Understood, matches: Matches, chosen: Keys, limit: int) -> Scored:
    """Score books that the engine cannot tell apart from others that match.

    It is asked for so many of all that enough of the chosen should be among them, and for twice
    as many where they are not; or, where that is dearer, for the chosen by name.
    """
    text, words = view.snapshot.text, query.words
    minimum = 1 if len(matches.entitled) else matches.minimum
    wanted = min(limit, len(chosen))
    if not wanted:
        return Scored(chosen.astype(np.int64), np.zeros(0, np.float32), 0)
    passed = np.zeros(view.snapshot.rows, np.bool_)
    passed[chosen] = True
    asked = limit + limit * matches.count // len(chosen)
    while asked < MOST_ASKED and asked * HIT_COST < len(chosen) * NAMED_COST:
        scored = text.top(words, minimum=minimum, limit=asked)
        kept = passed[scored.keys]
        if np.count_nonzero(kept) >= wanted or len(scored.keys) < asked:
            return Scored(scored.keys[kept][:limit], scored.scores[kept][:limit], len(chosen))
        asked *= 2
    if len(chosen) <= TERM_SET:
        return text.top(words, minimum=minimum, limit=limit, among=chosen)
    scored = text.top(words, minimum=minimum, limit=MOST_ASKED)
    kept = passed[scored.keys]
    return Scored(scored.keys[kept][:limit], scored.scores[kept][:limit], len(chosen))
