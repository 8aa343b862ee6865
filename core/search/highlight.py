"""What of a book answers the query: marked words, and the passage that holds most of them."""

import re
from collections.abc import Iterator
from functools import lru_cache

from core.search.analysis import fold, terms_of
from core.search.starts import escape

PASSAGE = 200
"""Characters of a description that are shown, give or take a word."""

_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)?")
_ASCII_WORD = re.compile(r"[a-zA-Z0-9]+(?:'[a-zA-Z0-9]+)?")
"""The same words of plain text, in less than half the time."""


def _words(text: str) -> Iterator[re.Match[str]]:
    return (_ASCII_WORD if text.isascii() else _WORD).finditer(text)


# The words of twenty texts are mostly the same few thousand.
@lru_cache(1 << 14)
def _terms_in(word: str) -> tuple[str, ...]:
    return tuple(terms_of(word))


def marked(text: str, terms: frozenset[str]) -> str:
    """The text safe for HTML, with <mark> around each word that holds one of the terms."""
    if _holds_none(text, terms):
        return escape(text)
    pieces: list[str] = []
    end = 0
    for found in _words(text):
        if not terms.isdisjoint(_terms_in(found.group())):
            pieces += [escape(text[end : found.start()]), "<mark>"]
            pieces += [escape(found.group()), "</mark>"]
            end = found.end()
    return "".join([*pieces, escape(text[end:])])


def passage(text: str, terms: frozenset[str], *, length: int = PASSAGE) -> str:
    """The stretch of the text with the most distinct terms, marked; "" where none stands in it.

    Cut at words; an ellipsis stands where something was left out.
    """
    if _holds_none(text, terms):
        return ""
    hits = [
        (found.start(), found.end(), fold(found.group()))
        for found in _words(text)
        if not terms.isdisjoint(_terms_in(found.group()))
    ]
    if not hits:
        return ""
    best = max(hits, key=lambda hit: (_terms_from(hit[0], hits, length), -hit[0]))
    first = max(0, best[0] - length // 4)
    first = text.find(" ", first) + 1 if first else 0
    first = min(first, best[0])
    after = min(len(text), first + length)
    if after < len(text):
        after = max(text.rfind(" ", first, after), best[1])
    cut = marked(text[first:after].strip(), terms)
    return f"{'… ' if first else ''}{cut}{' …' if after < len(text) else ''}"


def _holds_none(text: str, terms: frozenset[str]) -> bool:
    """For sure: in plain ASCII each term of a text stands in it letter by letter."""
    if not text.isascii():
        return False
    lowered = text.lower()
    return not any(term in lowered for term in terms)


def _terms_from(start: int, hits: list[tuple[int, int, str]], length: int) -> int:
    return len({term for first, _, term in hits if start <= first < start + length * 3 // 4})
