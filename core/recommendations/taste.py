"""What a reader's history says of the categories they like, for the order of their searches."""

import numpy as np

from core.recommendations.history import History
from core.search.columns import NONE
from core.search.ranking import Taste
from core.search.view import View

MOST_CATEGORIES = 50


def taste_of(view: View, history: History) -> Taste | None:
    """The share of each category in what the reader read, by how much it was liked.

    The most frequent one counts 1. None where nothing of the history is in the index.
    """
    snapshot = view.snapshot
    rows = snapshot.ordinals_of(history.books[:, 0], history.books[:, 1])
    known = rows != NONE
    categories = snapshot.columns.category.rows(rows[known])
    if not len(categories.values):
        return None
    strengths = np.repeat(history.strengths[known], np.diff(categories.start))
    codes, place = np.unique(categories.values, return_inverse=True)
    liking = np.bincount(place, strengths)
    best = np.argsort(-liking, kind="stable")[:MOST_CATEGORIES]
    if liking[best[0]] <= 0:
        return None
    name = snapshot.vocabularies["category"].name
    shares = (liking[best] / liking[best[0]]).tolist()
    return Taste(dict(zip(map(name, codes[best].tolist()), shares, strict=True)))
