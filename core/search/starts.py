"""Which letters of a suggestion are those that were typed, whatever their case and accents."""

import html
import re

from core.search.analysis import fold

_UNSAFE = re.compile(r"[&<>\"']")


def marked_start(text: str, typed: str) -> str:
    """The text safe for HTML, with <mark> around the first place where words go on like `typed`.

    typed: folded words with one space between. Without a mark where none is found.
    """
    first, after = start_in(text, typed)
    if first == after:
        return escape(text)
    return f"{escape(text[:first])}<mark>{escape(text[first:after])}</mark>{escape(text[after:])}"


def start_in(text: str, typed: str) -> tuple[int, int]:
    """Where in the text that place begins and ends; (0, 0) where none is found."""
    if text.isascii() and (first := plain_start(text.lower(), typed)) >= 0:
        return first, first + len(typed)
    letters, origin = _folded(text)
    first = letters.find(typed[:1]) if typed else -1
    while first >= 0:
        if (not first or not letters[first - 1].isalnum()) and (
            after := _after(letters, first, typed)
        ):
            return origin[first], origin[after - 1] + 1
        first = letters.find(typed[:1], first + 1)
    return 0, 0


def plain_start(letters: str, typed: str) -> int:
    """Where the letters typed stand there as they are, as in most texts; -1 where that is unsure.

    letters: ASCII in lower case.
    """
    first = letters.find(typed)
    while first > 0 and letters[first - 1].isalnum():
        # Several words may stand earlier in another way, with signs between them.
        first = -1 if " " in typed else letters.find(typed, first + 1)
    return first


def escape(text: str) -> str:
    return html.escape(text) if _UNSAFE.search(text) else text


def _folded(text: str) -> "tuple[str, range | list[int]]":
    """The folded letters, and of each its place in the text."""
    if text.isascii():
        return text.lower(), range(len(text))
    pieces = [fold(letter) for letter in text]
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]


def _after(letters: str, place: int, typed: str) -> int:
    """Where the words from a place on have given all that was typed; 0 where they differ."""
    for wanted in typed:
        if wanted == " ":
            before = place
            if letters[place : place + 2] in {"'s", "’s"}:  # analysis drops the possessive
                place += 2
            while place < len(letters) and not letters[place].isalnum():
                place += 1
            if place == before:
                return 0
        elif letters[place : place + 1] == wanted:
            place += 1
        else:
            return 0
    return place
