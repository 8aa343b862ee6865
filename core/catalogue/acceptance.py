"""The rules a book obeys before it is stored."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, get_args

import msgspec

from core.catalogue.book import Status
from core.catalogue.draft import BookDraft, SeriesDraft, pointer
from core.catalogue.isbn import normalise_isbn
from core.kernel.errors import Fault, Invalid
from core.kernel.money import LARGEST_MINOR, Money, minor_units
from core.kernel.text import fault_in, one_line, paragraphs

LONGEST_TITLE = 500
LONGEST_NAME = 300
LONGEST_DESCRIPTION = 20_000
LONGEST_URL = 2_000
LONGEST_ISBN = 100
LONGEST_AMOUNT = 40
MOST_NAMES = 100
MOST_PAGES = 100_000
LARGEST_STOCK = 2**31 - 1
LARGEST_POSITION = 100_000

_PUBLISHED = re.compile(r"(-?[0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,4})?")
_COVER = re.compile(r"(?:https?://|/(?!/))[^\s\"'<>\\]*")


class Refused(Exception):
    """One rule broken: the fault's detail, and where in the field."""

    def __init__(self, detail: str, *where: str | int) -> None:
        super().__init__(detail)
        self.where = where


def accepted(draft: BookDraft, currency: str) -> BookDraft:
    """The draft as it will be stored: texts tidied, ISBN as 13 digits, price as Money.

    Raises Invalid with a fault for every rule broken.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field, rule in _RULES.items():
        raw = getattr(draft, field)
        try:
            values[field] = raw if raw is None else rule(raw)
        except Refused as refused:
            faults.append(Fault(pointer(field, *refused.where), str(refused)))
    try:
        values["price"] = _price(draft.price, currency)
    except Refused as refused:
        faults.append(Fault(pointer("price", *refused.where), str(refused)))
    if faults:
        raise Invalid(
            f"the book breaks {len(faults)} rule{'s' * (len(faults) > 1)}", faults=tuple(faults)
        )
    return msgspec.structs.replace(draft, **values)


def accepted_name(text: str) -> str:
    """A name of a person, house, category or series as it will be stored. Raises Invalid."""
    try:
        return _line(text, LONGEST_NAME, shortest=1)
    except Refused as refused:
        raise Invalid("the name breaks a rule", faults=(Fault("/name", str(refused)),)) from None


def _line(text: str, longest: int, *, shortest: int = 0) -> str:
    tidied = one_line(text)
    if fault := fault_in(tidied, longest=longest, shortest=shortest):
        raise Refused(fault)
    return tidied


def _line_or_none(longest: int) -> Callable[[str], str | None]:
    return lambda text: _line(text, longest) or None


def _description(text: str) -> str | None:
    tidied = paragraphs(text)
    if fault := fault_in(tidied, longest=LONGEST_DESCRIPTION):
        raise Refused(fault)
    return tidied or None


def _isbn(text: str) -> str | None:
    if not text.strip():
        return None
    if len(text) > LONGEST_ISBN:
        raise Refused(f"is {len(text)} characters long, no ISBN")
    try:
        return normalise_isbn(text)
    except Invalid as invalid:
        raise Refused(invalid.detail) from None


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise Refused("must be a language tag such as en or pt-BR")
    return text


def _published(text: str) -> str:
    found = _PUBLISHED.fullmatch(text)
    try:
        if found:
            # The calendar of year 4 stands in for years that `date` does not know: it has 29 Feb.
            year = int(found[1])
            date(year if year > 0 else 4, int(found[2] or 1), int(found[3] or 1))
            return text
    except ValueError:
        pass
    raise Refused("must be a date as precise as known: 1813, 1813-01 or 1813-01-28")


def _within(low: int, high: int) -> Callable[[int], int]:
    def rule(value: int) -> int:
        if not low <= value <= high:
            raise Refused(f"must be from {low} to {high}")
        return value

    return rule


def _status(text: str) -> str:
    if text not in get_args(Status):
        raise Refused(f"must be one of {', '.join(get_args(Status))}")
    return text


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names in their order, each once."""
    if len(names) > MOST_NAMES:
        raise Refused(f"holds {len(names)} names, at most {MOST_NAMES} are kept")
    tidied: dict[str, None] = {}
    for place, name in enumerate(names):
        try:
            tidied[_line(name, LONGEST_NAME, shortest=1)] = None
        except Refused as refused:
            raise Refused(str(refused), place) from None
    return tuple(tidied)


def _series(series: SeriesDraft) -> SeriesDraft:
    try:
        name = _line(series.name, LONGEST_NAME, shortest=1)
    except Refused as refused:
        raise Refused(str(refused), "name") from None
    place = series.position
    if place is not None and not -LARGEST_POSITION <= place <= LARGEST_POSITION:  # NaN fails, too
        raise Refused(f"must be from {-LARGEST_POSITION} to {LARGEST_POSITION}", "position")
    return SeriesDraft(name, place)


def _cover(text: str) -> str | None:
    if not text:
        return None
    if fault := fault_in(text, longest=LONGEST_URL):
        raise Refused(fault)
    if not _COVER.fullmatch(text):
        raise Refused("must be an http or https address, or a path from /")
    return text


def _price(price: str | Money, currency: str) -> Money:
    if isinstance(price, Money):
        if price.currency != currency:
            raise Refused(f"must be {currency}, the store's currency", "currency")
        if not 0 <= price.amount_minor <= LARGEST_MINOR:
            raise Refused(f"must be from 0 to {LARGEST_MINOR}", "amount_minor")
        return price
    if len(price) > LONGEST_AMOUNT:
        raise Refused(f"is {len(price)} characters long, no amount")
    try:
        return Money(minor_units(price, currency), currency)
    except Invalid as invalid:
        raise Refused(invalid.detail) from None
    except ArithmeticError:  # an exponent beyond what Decimal can scale
        raise Refused(f"{price!r} is no amount") from None


_RULES: dict[str, Callable[[Any], Any]] = {
    "title": lambda text: _line(text, LONGEST_TITLE, shortest=1),
    "subtitle": _line_or_none(LONGEST_TITLE),
    "description": _description,
    "isbn": _isbn,
    "language": _language,
    "pages": _within(1, MOST_PAGES),
    "published": _published,
    "stock": _within(0, LARGEST_STOCK),
    "status": _status,
    "authors": _names,
    "categories": _names,
    "publisher": _line_or_none(LONGEST_NAME),
    "series": _series,
    "cover_url": _cover,
}
