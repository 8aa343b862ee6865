"""Which passwords are refused: short ones, and those that somebody who guesses tries first.

Nothing is asked of the kinds of characters. Source: NIST SP 800-63B-4 §3.1.1.2; ASVS v5.0.0 6.2.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Final

from core.kernel.text import fault_in

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 256
SHORTEST_STEM: Final = 6
FEWEST_CHARACTERS: Final = 4
OF_THE_TRADE: Final = frozenset(
    {
        "administrator",
        "bestseller",
        "bookseller",
        "bookshop",
        "bookstore",
        "bookwheel",
        "bookworm",
        "hardcover",
        "librarian",
        "paperback",
    }
)
"""What is tried at a bookstore; the store's own words are among the names. ASVS v5.0.0-6.1.2."""

Common = Callable[[str], bool]
"""Whether a password in lower case is one of the commonest."""

_AROUND = re.compile(r"^[^a-z]+|[^a-z]+$")
_AS_LETTERS = str.maketrans("4310578$@!", "aeiostbsai")


def none_is_common(password: str) -> bool:
    return False


def fault_in_password(
    password: str, *, common: Common = none_is_common, names: Iterable[str] = ()
) -> str | None:
    """What is wrong with a password, None if nothing is. names: of the account and its store."""
    if fault := fault_in(password, longest=LONGEST_PASSWORD, shortest=SHORTEST_PASSWORD):
        return fault
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < FEWEST_CHARACTERS or _is_sequence(plain):
        return "repeats or counts: choose words that do not belong together"
    guessed = guesses_for(plain)
    told = {name.casefold() for name in names if len(name) >= FEWEST_CHARACTERS}
    if guessed & (told | {"".join(name.split()) for name in told}):
        return "is a name or address of yours or of the shop"
    if guessed & OF_THE_TRADE:
        return "is a word of the trade: choose words that do not belong together"
    if any(map(common, guessed)):
        return "is among the first that are guessed: choose words that do not belong together"
    return None


def guesses_for(plain: str) -> set[str]:
    """The words that lead to a password by digits around them or in place of letters."""
    found = {plain}
    for each in (plain, plain.translate(_AS_LETTERS)):
        stem = _AROUND.sub("", each)
        found |= {word for word in (each, stem) if len(word) >= SHORTEST_STEM}
    stem = _AROUND.sub("", plain).translate(_AS_LETTERS)
    return found | ({stem} if len(stem) >= SHORTEST_STEM else set())


def _is_sequence(text: str) -> bool:
    steps = {ord(second) - ord(first) for first, second in pairwise(text)}
    return len(steps) == 1
