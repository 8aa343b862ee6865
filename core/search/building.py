"""Everything that is computed once when a generation is built, gathered for the writer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.search import autocomplete, browsing, buckets, forms, inverse, respacing, spelling
from core.search.columns import Columns


def static_arrays(
    columns: Columns,
    *,
    titles: Sequence[str],
    folded_titles: Sequence[str],
    authors: Sequence[str],
    series: Sequence[str],
    categories: int,
    words: Sequence[str],
    frequencies: NDArray[np.integer[Any]],
    languages: NDArray[np.int8],
    stem: forms.Stem,
) -> dict[str, NDArray[Any]]:
    """The arrays a snapshot offers as `static`, by file name.

    titles: by ordinal, beside them as autocompletion compares them; authors and series: by code;
    categories: how many codes there are; words and frequencies: the term dictionary, by term
    code, and how many books hold each; languages: of each term, see `forms.languages_of`.
    """
    return {
        **inverse.build("category", columns.category, categories),
        **inverse.build("author", columns.author, len(authors)),
        **inverse.build("title_terms", columns.title_terms, len(words)),
        **browsing.build(columns),
        **buckets.build(columns, categories),
        **spelling.build(words, frequencies),
        **forms.build(words, frequencies, languages, stem),
        **respacing.build([autocomplete.folded(name) for name in series]),
        **autocomplete.build(
            titles,
            columns.popularity,
            authors,
            _author_popularity(columns, len(authors)),
            folded_titles=folded_titles,
        ),
    }


def _author_popularity(columns: Columns, authors: int) -> NDArray[np.float32]:
    """An author is as popular as the best liked of the books, (authors,) float32."""
    weight = np.zeros(authors, np.float32)
    per_book = np.repeat(columns.popularity, np.diff(columns.author.start))
    np.maximum.at(weight, columns.author.values, per_book)
    return weight
