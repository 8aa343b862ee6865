"""From text to terms: folded, split, the same at index time and at query time."""

import re
import unicodedata

LONGEST_TERM = 60

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’ʼ]s\b")
_INITIALS = re.compile(r"\b(?:[^\W\d_][.\s]+){2,}(?=[^\W\d_]{2})")
# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th",
        "ł": "l", "ħ": "h", "ı": "i", "ĸ": "k", "ŋ": "n", "ſ": "s", "’": "'", "ʼ": "'",
    }
)  # fmt: skip


def fold(text: str) -> str:
    """Lower-case, without accents: "Émile" and "emile" fold alike."""
    if text.isascii():
        return text.lower()
    folded = text.casefold().translate(_LETTERS)
    marked = unicodedata.normalize("NFKD", folded)
    return "".join([mark for mark in marked if not unicodedata.combining(mark)])


def terms_of(text: str) -> list[str]:
    """The terms of a text in order, repeats kept: "L'Étranger" → ["l", "etranger"]."""
    folded = fold(text)
    if "'" in folded:
        folded = _POSSESSIVE.sub("", folded)
    found = _WORD.findall(folded)
    if len(folded) > LONGEST_TERM:
        return [term[:LONGEST_TERM] for term in found]
    return found


def name_terms(name: str) -> list[str]:
    """The terms of a person's name; initials also stand together: "J. R. R." adds "jrr"."""
    terms = terms_of(name)
    for initials in _INITIALS.findall(fold(name)):
        terms.append("".join(_WORD.findall(initials)))
    return terms
