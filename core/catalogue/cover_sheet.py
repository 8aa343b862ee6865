"""The sheet a cover is drawn on: its size, its colours, and setting text and shapes on it."""

from html import escape
from math import cos, pi, sin

from msgspec import Struct

from core.catalogue.dice import Dice
from core.catalogue.typesetting import LEADING, Setting, fit, right_to_left

WIDTH, HEIGHT = 400, 600
SERIF = "Iowan Old Style,Palatino,Palatino Linotype,Book Antiqua,Georgia,Liberation Serif,serif"
SANS = "Gill Sans,Gill Sans MT,Futura,Avenir Next,Century Gothic,Liberation Sans,Arial,sans-serif"


class Palette(Struct, frozen=True):
    """Colours as CSS writes them; ink is for text on the ground, the others for shapes."""

    ground: str
    ink: str
    first: str
    second: str


class Sheet(Struct, frozen=True):
    """What a design works with; author may be empty."""

    title: str
    author: str
    palette: Palette
    dice: Dice


def title(
    sheet: Sheet,
    x: int,
    top: int,
    width: int,
    height: int,
    *,
    largest: float,
    anchor: str = "middle",
    family: str = SERIF,
) -> str:
    """The title in a box; in the middle of its height unless it starts at the left."""
    setting = fit(sheet.title, width=width, height=height, largest=largest, smallest=15)
    slack = 0 if anchor == "start" else (height - setting.height) / 2
    return _lines(
        setting,
        sheet,
        x=x,
        top=top + slack,
        width=width,
        anchor=anchor,
        family=family,
        weight="700",
    )


def author(
    sheet: Sheet,
    x: int,
    top: int,
    width: int,
    *,
    anchor: str = "middle",
    family: str = SERIF,
    style: str = "",
    largest: float = 23,
) -> str:
    setting = fit(sheet.author, width=width, height=46, largest=largest, smallest=13)
    return _lines(
        setting, sheet, x=x, top=top, width=width, anchor=anchor, family=family, style=style
    )


def _lines(
    setting: Setting,
    sheet: Sheet,
    *,
    x: float,
    top: float,
    width: float,
    anchor: str,
    family: str,
    weight: str = "400",
    style: str = "",
) -> str:
    turned = right_to_left(" ".join(setting.lines))
    if turned and anchor == "start":
        x += width
    spans = "".join(
        f'<tspan x="{x:g}" y="{top + setting.size * (0.86 + LEADING * row):.1f}">'
        f"{escape(line)}</tspan>"
        for row, line in enumerate(setting.lines)
    )
    return (
        f'<text font-family="{family}" font-size="{setting.size:.1f}" font-weight="{weight}"'
        + (f' font-style="{style}"' if style else "")
        + (' direction="rtl"' if turned else "")
        + f' text-anchor="{anchor}" fill="{sheet.palette.ink}">{spans}</text>'
    )


def rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<path d="M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z" fill="{fill}"/>'


def rule(x: float, y: float, width: float, colour: str) -> str:
    return f'<path d="M{x:g} {y:g}h{width:g}" stroke="{colour}" stroke-width="2"/>'


def star(x: float, y: float, points: int, *, outer: float, inner: float, fill: str) -> str:
    """A star about (x, y), its radii in the units of the sheet."""
    corners = " ".join(
        f"{x + radius * sin(turn):.1f},{y - radius * cos(turn):.1f}"
        for step in range(2 * points)
        for radius, turn in (((outer, inner)[step % 2], step * pi / points),)
    )
    return f'<polygon points="{corners}" fill="{fill}"/>'
