"""The best-scoring books of a match: what the engine is asked for, and no more than needed."""

import numpy as np
from numpy.typing import NDArray

from core.search.matching import Matches
from core.search.snapshot import Scored
from core.search.understanding import Understood
from core.search.view import View

TERM_SET = 1_024
"""Books up to which the engine is told to score just those."""

Keys = NDArray[np.int32]


def candidates(view: View, query: Understood, matches: Matches, chosen: Keys, limit: int) -> Scored:
    """Score the best `limit` of the chosen books, best first.

    chosen: those of the matches that passed the filters, ascending. Books whose whole title
    stands in the query are among them however few of its words they hold.
    """
    found = _filtered(view, query, matches, chosen, limit)
    if not len(matches.entitled):
        return found
    entitled = matches.entitled[np.isin(matches.entitled, chosen)][:TERM_SET]
    text = view.snapshot.text
    extra = text.top(query.words, minimum=1, limit=max(1, len(entitled)), among=entitled)
    new = ~np.isin(extra.keys, found.keys)
    keys = np.concatenate((found.keys, extra.keys[new]))
    scores = np.concatenate((found.scores, extra.scores[new]))
    order = np.lexsort((keys, -scores))
    return Scored(keys[order], scores[order])


def _filtered(view: View, query: Understood, matches: Matches, chosen: Keys, limit: int) -> Scored:
    text, words, minimum = view.snapshot.text, query.words, matches.minimum
    everything, scored = len(matches.keys), matches.scored
    if len(chosen) == everything:
        return scored or text.top(words, minimum=minimum, limit=limit)
    if scored is not None and len(scored.keys) == everything:
        kept = np.isin(scored.keys, chosen)
        return Scored(scored.keys[kept], scored.scores[kept])
    if len(chosen) <= TERM_SET:
        return text.top(words, minimum=minimum, limit=limit, among=chosen)
    # Many pass: ask for as many as their share suggests, twice as many where that falls short.
    passed = np.zeros(view.snapshot.rows, np.bool_)
    passed[chosen] = True
    asked = limit * everything // len(chosen) * 5 // 4 + 64
    while True:
        scored = text.top(words, minimum=minimum, limit=min(asked, everything))
        kept = passed[scored.keys]
        if np.count_nonzero(kept) >= limit or asked >= everything:
            return Scored(scored.keys[kept][:limit], scored.scores[kept][:limit])
        asked *= 2
