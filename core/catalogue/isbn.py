"""ISBN: read in any punctuation, checked, and kept as the 13 digits of ISBN-13."""

import re
import unicodedata

from core.kernel.errors import Invalid

# Hyphens and dashes of every kind, dots, spaces and the invisible marks that pasting brings along.
_PUNCTUATION = re.compile(r"[\s.\-\u00ad\u200b-\u200f\u2010-\u2015\u2212\u2060\ufeff]+")
_LABEL = re.compile(r"^\s*(?:isbn|ean)(?:[\s-]*1[03](?=[\s:]))?\s*:?", re.IGNORECASE)
_EXPONENT = re.compile(r"^\s*\d(?:[.,]\d+)?[eE]\+?\d+\s*$")
_POINT_ZERO = re.compile(r"^\s*(\d+)\.0+\s*$")
_NINE_DIGITS = re.compile(r"(?:[0-9][^0-9]*){9}")
_FEWEST_DIGITS = 7
# What a query may hold beside other words: digits with at most a few signs between.
_BETWEEN = re.compile(r"[\W_]+")
_RUN = re.compile(r"(?<![0-9])[0-9](?:[\W_]{0,3}[0-9]){8,11}[\W_]{0,3}[0-9Xx](?![0-9A-Za-z])")


class BadIsbn(Invalid): ...


def normalise_isbn(text: str) -> str:
    """Read an ISBN-10 or ISBN-13 in any punctuation as 13 digits.

    Seven to nine bare digits are an ISBN-10 whose leading zeros a spreadsheet dropped, if the
    check digit agrees. Raises BadIsbn, naming what is wrong, for everything else: a wrong check
    digit, a music number (979-0), another article number, a float's rounded digits.
    Source: ISO 2108:2017; ISBN Users' Manual, 7th edition.
    """
    bare = _without_float(text).strip().upper()
    digits = _PUNCTUATION.sub("", _LABEL.sub("", bare))
    if not re.fullmatch(r"[0-9]*[0-9X]", digits):
        raise BadIsbn(f"{_shown(text)} is no ISBN: only digits, and X as the last, may stand in it")
    if len(set(digits)) == 1 and len(digits) >= _FEWEST_DIGITS:
        raise BadIsbn(f"{_shown(text)} is a placeholder, no ISBN", remedy="leave it empty")
    if len(digits) == 13:
        return _checked_13(digits, text)
    if _FEWEST_DIGITS <= len(digits) < 10 and bare == digits:
        digits = digits.zfill(10)
    if len(digits) != 10:
        raise BadIsbn(f"{_shown(text)} has {len(digits)} digits, an ISBN has 10 or 13")
    return _from_isbn_10(digits, text)


def looks_like_isbn(text: str) -> str | None:
    """The ISBN-13 that a search query is or holds, in whatever punctuation; None without one."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)  # full-width digits
    if not _NINE_DIGITS.search(text):
        return None
    runs = (found.group() for found in _RUN.finditer(text))
    for candidate in (text, *text.split(), *(_BETWEEN.sub("", run) for run in runs)):
        if _NINE_DIGITS.search(candidate):
            try:
                return normalise_isbn(candidate)
            except BadIsbn:
                continue
    return None


def check_digit(first_twelve: str) -> str:
    """The last digit of an ISBN-13, from the twelve before it."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first_twelve))
    return str(-total % 10)


def _checked_13(digits: str, text: str) -> str:
    if digits.startswith("9790"):
        raise BadIsbn(f"{_shown(text)} is printed music (ISMN, 979-0), no book")
    if not digits.startswith(("978", "979")):
        raise BadIsbn(f"{_shown(text)} is an article number: an ISBN-13 begins with 978 or 979")
    if digits[12] != (expected := check_digit(digits[:12])):
        raise BadIsbn(f"{_shown(text)} has a wrong check digit: {digits[12]}, expected {expected}")
    return digits


def _from_isbn_10(digits: str, text: str) -> str:
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9]))
    if digits[9] != (expected := "0123456789X"[-total % 11]):
        raise BadIsbn(f"{_shown(text)} has a wrong check digit: {digits[9]}, expected {expected}")
    return (head := "978" + digits[:9]) + check_digit(head)


def _without_float(text: str) -> str:
    if _EXPONENT.match(text):
        raise BadIsbn(
            f"{_shown(text)} is a rounded number: its last digits are lost",
            remedy="export the column as text",
        )
    if not (whole := _POINT_ZERO.match(text)):
        return text
    # A rounded ISBN ends in 0 and one in ten of those passes the check digit by chance.
    if len(whole[1]) > 10 and whole[1].endswith("0"):
        raise BadIsbn(
            f"{_shown(text)} may be a rounded number: its last digit cannot be trusted",
            remedy="export the column as text",
        )
    return whole[1]


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
