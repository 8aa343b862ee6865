"""Pseudo-relevance feedback: what the best books of a long question have in common.

Source: the offer weights of Robertson, "On term selection for query expansion", Journal of
Documentation 46, 1990, with a language model's weighting of the books (Lavrenko and Croft,
"Relevance-Based Language Models", SIGIR 2001); only the candidates are scored again, so the
engine is asked nothing more.
"""

import math
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from core.search.columns import NONE
from core.search.forms import Forms
from core.search.similar import counted_terms
from core.search.snapshot import Scored
from core.search.view import View

BOOKS, TERMS = 10, 24
"""Books that are read, and terms of theirs that count."""


def likeness(view: View, first: Scored, keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much of what the first books have in common each book holds, (k,) in [0, 1].

    first: the engine's best of the whole question, whatever filters say. A book is measured by
    the one of them that holds most.
    """
    chosen = first.keys[:BOOKS]
    terms = _in_common(view, chosen, first.scores[:BOOKS])
    asked = np.concatenate((chosen, keys))
    held = np.zeros(len(asked))
    for code, weight in terms:
        rows = view.snapshot.terms.postings(code)
        held += weight * (rows.take(rows.searchsorted(asked), mode="clip") == asked)
    most = float(held[: len(chosen)].max()) or 1.0
    alike: NDArray[np.float64] = np.minimum(held[len(chosen) :] / most, 1.0)
    return alike


def _in_common(
    view: View, keys: NDArray[np.int64], scores: NDArray[np.float32]
) -> list[tuple[int, float]]:
    """Codes and weights of the terms that tell these books from others."""
    snapshot = view.snapshot
    shares = (scores / scores[0]) ** 2
    told: dict[str, float] = defaultdict(float)
    for key, share in zip(keys.tolist(), shares.tolist(), strict=True):
        for term, times in counted_terms(snapshot, key).items():
            told[term] += share * times / (times + 1)
    forms = view.keep("forms", lambda: Forms(snapshot.static))
    offered = []
    for term, weight in told.items():
        code = snapshot.terms.code(term)
        if code != NONE and not forms.says_little(code):
            holders = snapshot.terms.frequency(code)
            if holders > 1:
                offered.append((weight * math.log(snapshot.rows / holders), code))
    offered.sort(reverse=True)
    return [(code, weight) for weight, code in offered[:TERMS]]
