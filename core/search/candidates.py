"""The best-scoring books of a match: what the engine is asked for, and no more than needed."""

import numpy as np
from numpy.typing import NDArray

from core.search.matching import Matches
from core.search.snapshot import Scored, Within
from core.search.understanding import Understood
from core.search.view import View

TERM_SET = 1_024
"""Books up to which the engine can be told to score just those."""
MOST_ASKED = 10_000
HIT_COST, NAMED_COST = 0.4, 9.0
"""Microseconds for one more hit, and for one more book named to the engine."""

Keys = NDArray[np.int32]


def candidates(
    view: View,
    query: Understood,
    matches: Matches,
    chosen: Keys | None,
    limit: int,
    *,
    within: Within = (),
) -> Scored:
    """Score the best `limit` of the chosen books, best first.

    chosen: those of the matches that passed the filters, ascending; None for all. within: what
    all of them are known to hold.
    """
    scored = matches.scored
    if scored is None or len(scored.keys) < min(limit, scored.total):
        scored = view.snapshot.text.top(query.words, minimum=matches.minimum, limit=limit)
    entitled = matches.entitled
    if chosen is not None:
        if len(entitled):
            entitled = entitled[np.isin(entitled, chosen)]
        scored = _filtered(view, query, matches, scored, chosen=chosen, limit=limit, within=within)
    if not len(entitled):
        return scored
    extra = view.snapshot.text.top(query.words, minimum=1, limit=len(entitled), among=entitled)
    keys = np.concatenate((scored.keys, extra.keys))
    scores = np.concatenate((scored.scores, extra.scores))
    order = np.lexsort((keys, -scores))
    return Scored(keys[order], scores[order], scored.total + extra.total)


def _kept(scored: Scored, kept: NDArray[np.bool_], limit: int, total: int) -> Scored:
    held = None if scored.held is None else scored.held[kept][:limit]
    return Scored(scored.keys[kept][:limit], scored.scores[kept][:limit], total, held)


def _filtered(
    view: View,
    query: Understood,
    matches: Matches,
    scored: Scored,
    *,
    chosen: Keys,
    limit: int,
    within: Within,
) -> Scored:
    """Score books that the engine cannot tell apart from others that match.

    It is asked for so many of all that hold the filters' names that enough of the chosen should
    be among them, and for more where they are not; or, where that is dearer, for the chosen by
    name.
    """
    wanted = min(limit, len(chosen))
    passed = np.zeros(view.snapshot.rows, np.bool_)
    passed[chosen] = True
    asked = 2 * limit if within else _enough(wanted, matches.count, len(chosen))
    while True:
        kept = passed[scored.keys]
        whole = len(scored.keys) == scored.total or len(scored.keys) >= MOST_ASKED
        if whole or np.count_nonzero(kept) >= wanted:
            return _kept(scored, kept, limit, len(chosen))
        named = len(chosen) <= TERM_SET and asked * HIT_COST > len(chosen) * NAMED_COST
        scored = view.snapshot.text.top(
            query.words,
            minimum=matches.minimum,
            limit=limit if named else min(asked, MOST_ASKED),
            among=chosen if named else None,
            within=() if named else within,
        )
        if named:
            return scored
        asked = max(2 * asked, _enough(wanted, scored.total, len(chosen)))


def _enough(wanted: int, total: int, chosen: int) -> int:
    """Of how many of the best `wanted` chosen ones are likely to be, and half as many again."""
    return wanted // 2 + 3 * wanted * total // (2 * max(1, chosen))
