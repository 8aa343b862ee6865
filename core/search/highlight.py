"""What of a book answers the query: marked words, and the passage that holds most of them."""

import html
import re

from core.search.analysis import fold, terms_of

PASSAGE = 200
"""Characters of a description that are shown, give or take a word."""

_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)?")


def marked(text: str, terms: frozenset[str]) -> str:
    """The text safe for HTML, with <mark> around each word that holds one of the terms."""
    pieces: list[str] = []
    end = 0
    for found in _WORD.finditer(text):
        if not terms.isdisjoint(terms_of(found.group())):
            pieces += [html.escape(text[end : found.start()]), "<mark>"]
            pieces += [html.escape(found.group()), "</mark>"]
            end = found.end()
    return "".join([*pieces, html.escape(text[end:])])


def passage(text: str, terms: frozenset[str], *, length: int = PASSAGE) -> str:
    """The stretch of the text with the most distinct terms, marked; "" where none stands in it.

    Cut at words; an ellipsis stands where something was left out.
    """
    hits = [
        (found.start(), found.end(), fold(found.group()))
        for found in _WORD.finditer(text)
        if not terms.isdisjoint(terms_of(found.group()))
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


def _terms_from(start: int, hits: list[tuple[int, int, str]], length: int) -> int:
    return len({term for first, _, term in hits if start <= first < start + length * 3 // 4})
