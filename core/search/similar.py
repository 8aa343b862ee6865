"""More like this: the telling words of a book, asked of the whole catalogue."""

import math
from collections import Counter

import msgspec
import numpy as np
from msgspec import Struct

from core.search.analysis import terms_of
from core.search.cards import draw
from core.search.columns import Columns
from core.search.snapshot import Scored, Snapshot

MOST_TERMS = 16
MOST_READ = 8_000
"""Characters of a description that are looked at."""
SPARE = 15
"""Candidates beyond those asked for: other editions fall out."""


class Content(Struct, frozen=True):
    class Name(Struct, frozen=True):
        name: str

    title: str
    description: str | None = None
    categories: tuple[Name, ...] = ()
    authors: tuple[Name, ...] = ()


_content = msgspec.json.Decoder(Content)


def alike(snapshot: Snapshot, ordinal: int, size: int) -> Scored:
    """The books nearest in words to the one at the ordinal, best first.

    Never the book itself, and none of its other editions: a book of the same title words by one
    of the same authors.
    """
    found = snapshot.text.alike(telling_terms(snapshot, ordinal), limit=size + SPARE)
    columns = snapshot.columns
    same = draw(columns.card, found.keys).titled_like(draw(columns.card, np.array([ordinal])))
    for place in np.flatnonzero(same).tolist():
        key = int(found.keys[place])
        same[place] = key == ordinal or _are_editions(columns, key, ordinal)
    kept = np.flatnonzero(~same)[:size]
    return Scored(found.keys[kept], found.scores[kept], found.total)


def _are_editions(columns: Columns, one: int, other: int) -> bool:
    titles, authors = columns.title_terms, columns.author
    shared = set(authors.row(one).tolist()).intersection(authors.row(other).tolist())
    return bool(shared) and np.array_equal(titles.row(one), titles.row(other))


def counted_terms(snapshot: Snapshot, ordinal: int) -> Counter[str]:
    """The terms of a book; those of its title count three times, those of names twice."""
    content = _content.decode(snapshot.detail_json(ordinal))
    names = " ".join([name.name for name in (*content.categories, *content.authors)])
    terms = terms_of((content.description or "")[:MOST_READ])
    terms += 3 * terms_of(content.title)
    terms += 2 * terms_of(names)
    return Counter(terms)


def telling_terms(snapshot: Snapshot, ordinal: int) -> tuple[str, ...]:
    """The terms of title, categories, authors and description with the highest TF-IDF."""
    code, frequency = snapshot.terms.code, snapshot.terms.frequency
    weighed = []
    for term, times in counted_terms(snapshot, ordinal).items():
        holders = frequency(code(term))
        # A word of this book alone finds nothing else.
        if holders > 1 and len(term) > 1:
            weighed.append((-(1 + math.log(times)) * math.log(snapshot.rows / holders), term))
    return tuple(term for _, term in sorted(weighed)[:MOST_TERMS])
