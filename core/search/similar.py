"""More like this: the telling words of a book, asked of the whole catalogue."""

import math
from collections import Counter

import msgspec
from msgspec import Struct

from core.search.analysis import terms_of
from core.search.columns import NONE
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
    title = columns.title_terms.row(ordinal).tolist()
    authors = set(columns.author.row(ordinal).tolist())
    kept = [
        place
        for place, key in enumerate(found.keys.tolist())
        if key != ordinal
        and not (
            columns.title_terms.row(key).tolist() == title
            and not authors.isdisjoint(columns.author.row(key).tolist())
        )
    ][:size]
    return Scored(found.keys[kept], found.scores[kept], found.total)


def counted_terms(snapshot: Snapshot, ordinal: int) -> Counter[str]:
    """The terms of a book; those of its title count three times, those of names twice."""
    content = _content.decode(snapshot.detail_json(ordinal))
    counted = Counter(terms_of((content.description or "")[:MOST_READ]))
    counted.update(terms_of(content.title) * 3)
    for name in (*content.categories, *content.authors):
        counted.update(terms_of(name.name) * 2)
    return counted


def telling_terms(snapshot: Snapshot, ordinal: int) -> tuple[str, ...]:
    """The terms of title, categories, authors and description with the highest TF-IDF."""
    counted = counted_terms(snapshot, ordinal)
    weighed = []
    for term, times in counted.items():
        code = snapshot.terms.code(term)
        if code == NONE or len(term) < 2:
            continue
        holders = snapshot.terms.frequency(code)
        if holders > 1:
            # A word of this book alone finds nothing else.
            weighed.append((-(1 + math.log(times)) * math.log(snapshot.rows / holders), term))
    return tuple(term for _, term in sorted(weighed)[:MOST_TERMS])
