"""Authors out of one cell: who they are, in reading order of the name."""

import re
from typing import Literal

from core.importing.text import split

NameOrder = Literal["first last", "last, first"]

_SUFFIX = re.compile(r"^(?:jr|sr|ii|iii|iv|esq|ph\.?d|m\.?d)\.?$", re.IGNORECASE)
_BEFORE_THE_NAME = {
    "mrs": "Mrs.",
    "lady": "Lady",
    "lord": "Lord",
    "saint": "Saint",
    "madame": "Madame",
}
_FULLER_FORM = re.compile(r"\s*\([^)]*\)")
_INITIALS = re.compile(r"\b([A-Z])\. (?=[A-Z]\.)")


def split_authors(cell: str, separators: tuple[str, ...], order: NameOrder) -> tuple[str, ...]:
    """Names in the order of the cell, each once.

    "J.K. Rowling, Mary GrandPré" with separators (",",) are two people; "Joseph Smith, Jr." is one.
    "Last, First" is turned round; see `reading_order`.
    """
    names: list[str] = []
    for part in split(cell, separators):
        if names and _SUFFIX.match(part):
            names[-1] = f"{names[-1]} {part}"
        else:
            names.append(part)
    if order == "last, first":
        names = [reading_order(name) for name in names]
    return tuple(dict.fromkeys(name for name in names if name))


def reading_order(heading: str) -> str:
    """Turn a library heading round: "Wells, H. G. (Herbert George)" → "H. G. Wells".

    Of further parts, Jr. and numbers follow the name, Mrs. and Lady go before it, and ranks,
    honours, places and dates ("Baron", "active 12th century") fall away.
    """
    last, *rest = [part.strip() for part in _FULLER_FORM.sub("", heading).split(",")]
    if not rest or not rest[0]:
        return last
    first, *further = rest
    if before := _BEFORE_THE_NAME.get(first.lower().rstrip(".")):
        return f"{before} {last}"
    if first[0].islower() and not further_is_given_name(first):
        name = f"{last} {first}" if not first.startswith("active") else last
    else:
        name = first if first.endswith(f" {last}") else f"{first} {last}"
    for part in further:
        if _SUFFIX.match(part):
            name = f"{name} {part}"
        elif before := _BEFORE_THE_NAME.get(part.lower().rstrip(".")):
            name = f"{before} {name}"
    return name


def further_is_given_name(part: str) -> bool:
    """A lower-case part such as "d'Arcy" is a given name; "of Hippo" and "de Troyes" are places."""
    return not re.match(r"^(?:of|de|da|di|von|van|the|le|la|du|ibn|active|approximately)\b", part)
