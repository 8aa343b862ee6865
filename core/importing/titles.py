"""Titles that carry more than a title: series in parentheses, subtitles behind a mark."""

import re
from collections.abc import Sequence

from msgspec import Struct

# "(The Hunger Games, #1)", "(Discworld, #1; Rincewind #1)", "(Percy Jackson #0.5)", "(Saga, #1-3)".
_IN_PARENTHESES = re.compile(r"^(?P<title>.*\S)\s*\((?P<series>[^()]*#[^()]*)\)\s*$")
_PLACE = re.compile(
    r"^(?P<name>.*?[^,\s])\s*,?\s+#(?P<position>\d{1,5}(?:\.\d+)?)(?!\d)(?P<more>.*)$"
)
_RANGE = re.compile(r"^\s*(?:[-–—&,+]|to\b|and\b)\s*#?\d")


class Titled(Struct, frozen=True):
    """position: None for a box of several volumes and where the source gives none."""

    title: str
    subtitle: str | None = None
    series: str | None = None
    position: float | None = None


def read_title(
    text: str, *, series_in_parentheses: bool = False, subtitle_marks: Sequence[str] = ()
) -> Titled:
    """Take a title apart.

    Of two series the first counts: "Mort (Death, #1; Discworld, #4)" stands in Death. Where a
    title is nothing but its series in parentheses, it stays as it is.
    """
    series: str | None = None
    position: float | None = None
    if series_in_parentheses and (found := _IN_PARENTHESES.match(text)):
        series, position = read_series(found["series"].split(";")[0].strip())
        text = found["title"] if series else text
    for mark in subtitle_marks:
        title, _, subtitle = text.partition(mark)
        if subtitle.strip() and title.strip(" :;=,/"):
            rest = subtitle.replace(mark, " ").strip()
            return Titled(title.strip().rstrip(" :;=,/"), rest, series, position)
    return Titled(text, None, series, position)


def read_series(text: str) -> tuple[str | None, float | None]:
    """ "The Hunger Games, #1" → name and position; a box ("#1-3") has no one position."""
    if not (found := _PLACE.match(text)):
        return None, None
    position = None if _RANGE.match(found["more"]) else float(found["position"])
    return found["name"], position
