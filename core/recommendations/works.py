"""Editions of one work: a number for each book that is equal for the same title and author."""

import numpy as np
from numpy.typing import NDArray

from core.recommendations.evaluation import scramble
from core.search.columns import Columns, Ragged


def works_of(columns: Columns, first: int) -> NDArray[np.uint64]:
    """(rows - first,) uint64: equal for books of the same title words and the same first author.

    Books without a title word or an author are works of their own.
    """
    titles, authors = columns.title_terms, columns.author
    rows = np.arange(first, len(columns.version), dtype=np.int64)
    # The order of a title's words says nothing of the work: a sum.
    title = _sums(titles.rows(rows))
    has_author = authors.start[rows + 1] > authors.start[rows]
    has_title = titles.start[rows + 1] > titles.start[rows]
    author = np.zeros(len(rows), np.uint64)
    author[has_author] = authors.values[authors.start[rows[has_author]]].astype(np.uint64)
    works = scramble(title + scramble(author + np.uint64(1)))
    return np.where(has_author & has_title, works, scramble(rows.astype(np.uint64)))


def _sums(ragged: Ragged) -> NDArray[np.uint64]:
    running = np.zeros(len(ragged.values) + 1, np.uint64)
    np.cumsum(scramble(ragged.values.astype(np.uint64)), out=running[1:])
    return running[ragged.start[1:]] - running[ragged.start[:-1]]
