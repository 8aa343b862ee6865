"""Dates of publication as people write them, as ISO 8601 and no more precise than they were."""

import re
from datetime import UTC, date, datetime

from core.kernel.errors import Invalid

LATEST_YEAR = 2100
EARLIEST_YEAR = -4000

_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|"
        "sep sept september|oct october|nov november|dec december".split("|"),
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[T ].*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SLASHED = re.compile(r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")
_NAMED = re.compile(
    r"^(?:(\d{1,2})(?:st|nd|rd|th)? )?([A-Za-z]+)\.?(?: (\d{1,2})(?:st|nd|rd|th)?)?,? (\d{4})$"
)
_YEAR = re.compile(
    r"^[\[(]?(?:c|ca|circa|©|around|about)?\.? ?(-?\d{1,4})(?:\.0+)?[?\])]*( ?b\.?c\.?(?:e\.?)?)?$",
    re.IGNORECASE,
)


class BadDate(Invalid): ...


def parse_published(text: str) -> str:
    """ISO 8601, as precise as known: "2008.0" → "2008", "-750" → "-0750", "14 May 1925" → full.

    Where day and month cannot be told apart ("9/6/2006") the year alone is kept. Raises BadDate
    for anything else and for years outside -4000 to 2100. Years before 1 keep the number the
    source gives: "-0750" for 750 BC.
    """
    if found := (_ISO.match(text) or _COMPACT.match(text)):
        year, month, day = found.groups()
        return _iso(text, int(year), int(month), int(day) if day else None)
    if found := _SLASHED.match(text):
        one, two, year = map(int, found.groups())
        return _iso(text, year, *_month_and_day(one, two))
    if (found := _NAMED.match(text)) and (month := _MONTHS.get(found[2].lower())):
        day = found[1] or found[3]
        return _iso(text, int(found[4]), month, int(day) if day else None)
    if found := _YEAR.match(text):
        year = int(found[1])
        return _iso(text, -year if found[2] and year > 0 else year)
    raise BadDate(
        f"published {text[:40]!r} is no date", remedy='write it like "1925-05-14" or "1925"'
    )


def parse_instant(text: str) -> datetime:
    """A moment, UTC where no zone is given: ISO 8601, or Unix seconds or milliseconds."""
    try:
        if re.fullmatch(r"\d{9,13}", text):
            return datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadDate(
            f"{text[:40]!r} is no time", remedy="write ISO 8601 or Unix seconds"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _month_and_day(one: int, two: int) -> tuple[int | None, int | None]:
    if one == two or (one <= 12 < two):
        return one, two
    return (two, one) if two <= 12 < one else (None, None)


def _iso(text: str, year: int, month: int | None = None, day: int | None = None) -> str:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR or year == 0:
        raise BadDate(f"published {text[:40]!r} is outside {EARLIEST_YEAR} to {LATEST_YEAR}")
    written = f"-{-year:04}" if year < 0 else f"{year:04}"
    if not month:
        return written
    try:
        whole = date(max(year, 1), month, day or 1).isoformat()
    except ValueError:
        raise BadDate(f"published {text[:40]!r} is no day of the calendar") from None
    return whole if day else whole[:7]
