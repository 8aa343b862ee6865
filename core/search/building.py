"""Everything that is computed once when a generation is built, gathered for the writer."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.search import autocomplete, browsing, buckets, forms, inverse, respacing, spelling
from core.search.columns import Columns

Part = Callable[[], dict[str, NDArray[Any]]]
"""Computes some of the arrays, by file name; on its own, in any thread."""


def static_parts(
    columns: Columns,
    *,
    titles: Sequence[str],
    folded_titles: Sequence[str],
    authors: Sequence[str],
    series: Sequence[str],
    categories: int,
    words: Sequence[str],
    frequencies: NDArray[np.integer[Any]],
    languages: Callable[[], NDArray[np.int8]],
    stem: forms.Stem,
) -> tuple[Part, ...]:
    """The parts of what a snapshot offers as `static`, those that take longest first.

    titles: by ordinal, beside them as autocompletion compares them; authors and series: by code;
    categories: how many codes there are; words and frequencies: the term dictionary, by term
    code, and how many books hold each; languages: of each term, see `forms.languages_of`.
    """
    return (
        lambda: autocomplete.build(
            titles,
            columns.popularity,
            authors,
            _author_popularity(columns, len(authors)),
            folded_titles=folded_titles,
        ),
        lambda: spelling.build(words, frequencies),
        lambda: forms.build(words, frequencies, languages(), stem),
        lambda: browsing.build(columns),
        lambda: respacing.build([autocomplete.folded(name) for name in series]),
        lambda: inverse.build("title_terms", columns.title_terms, len(words)),
        lambda: inverse.build("category", columns.category, categories),
        lambda: inverse.build("author", columns.author, len(authors)),
        lambda: buckets.build(columns, categories),
    )


def _author_popularity(columns: Columns, authors: int) -> NDArray[np.float32]:
    """An author is as popular as the best liked of the books, (authors,) float32."""
    weight = np.zeros(authors, np.float32)
    per_book = np.repeat(columns.popularity, np.diff(columns.author.start))
    np.maximum.at(weight, columns.author.values, per_book)
    return weight
