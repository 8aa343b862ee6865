"""Ten ways to lay out a cover: where title and author stand, and what is drawn beside them."""

from collections.abc import Callable
from html import escape
from math import cos, pi, sin

from core.catalogue.cover_sheet import (
    HEIGHT,
    SANS,
    SERIF,
    WIDTH,
    Sheet,
    author,
    rect,
    rule,
    star,
    title,
)
from core.catalogue.typesetting import clusters

Design = Callable[[Sheet], str]


def bands(sheet: Sheet) -> str:
    """Colour above and below, a plain field between: the paperback of the thirties."""
    colour = sheet.dice.pick((sheet.palette.first, sheet.palette.second))
    return (
        rect(0, 0, WIDTH, 170, colour)
        + rect(0, 430, WIDTH, 170, colour)
        + star(200, 85, sheet.dice.between(7, 13), outer=44, inner=26, fill=sheet.palette.ground)
        + title(sheet, 200, 190, 320, 170, largest=74)
        + rule(150, 372, 100, sheet.palette.ink)
        + author(sheet, 200, 384, 300, family=SANS)
        + star(200, 515, 5, outer=16, inner=7, fill=sheet.palette.ground)
    )


def frame(sheet: Sheet) -> str:
    """Two rules and four corners around everything: a classic in cloth."""
    first = sheet.palette.first
    corners = "".join(
        f'<circle cx="{x}" cy="{y}" r="17" fill="{sheet.palette.ground}" stroke="{first}"'
        f' stroke-width="3"/><circle cx="{x}" cy="{y}" r="6" fill="{sheet.palette.second}"/>'
        for x in (34, 366)
        for y in (34, 566)
    )
    flower = "".join(
        f'<ellipse cx="200" cy="408" rx="9" ry="24" fill="{sheet.palette.second}"'
        f' transform="rotate({turn} 200 430)"/>'
        for turn in range(0, 360, 360 // sheet.dice.pick((5, 6, 8)))
    )
    return (
        f'<g fill="none" stroke="{first}"><path d="M34 34h332v532h-332z" stroke-width="5"/>'
        '<path d="M46 46h308v508h-308z" stroke-width="1.5"/></g>'
        + corners
        + title(sheet, 200, 82, 276, 270, largest=68)
        + flower
        + f'<circle cx="200" cy="430" r="8" fill="{first}"/>'
        + author(sheet, 200, 486, 270, style="italic")
    )


def sun(sheet: Sheet) -> str:
    """Rings that rise behind a horizon."""
    x, count = sheet.dice.between(120, 280), sheet.dice.between(4, 7)
    colours = (sheet.palette.first, sheet.palette.second)
    rings = "".join(
        f'<circle cx="{x}" cy="330" r="{radius}" fill="{colours[ring % 2]}"/>'
        for ring, radius in enumerate(range(250, 30, -220 // count))
    )
    return (
        rings
        + rect(0, 330, WIDTH, 270, sheet.palette.ground)
        + rect(0, 330, WIDTH, 5, sheet.palette.ink)
        + title(sheet, 36, 352, 328, 164, largest=64, anchor="start")
        + author(sheet, 36, 536, 328, anchor="start", family=SANS)
    )


def label(sheet: Sheet) -> str:
    """A paper label on patterned cloth."""
    first, second = sheet.palette.first, sheet.palette.second
    step = sheet.dice.pick((20, 25, 40))
    turn = sheet.dice.pick((0, 45, 90, 135))
    lines = "".join(f"M-300 {y}h1000" for y in range(-300, 900, step))
    return (
        rect(0, 0, WIDTH, HEIGHT, first)
        + f'<path d="{lines}" stroke="{second}" stroke-width="{step / 3:g}"'
        f' transform="rotate({turn} 200 300)"/>'
        + rect(56, 96, 288, 268, sheet.palette.ground)
        + f'<path d="M66 106h268v248h-268z" fill="none" stroke="{sheet.palette.ink}"/>'
        + title(sheet, 200, 116, 236, 168, largest=48)
        + rule(176, 296, 48, sheet.palette.ink)
        + author(sheet, 200, 304, 236, style="italic", largest=21)
    )


def initial(sheet: Sheet) -> str:
    """The first letter of the title, larger than the page."""
    letters = [each for each in clusters(sheet.title) if each[0].isalnum()]
    letter = letters[0].upper() if letters else "✻"
    return (
        f'<text x="{sheet.dice.between(170, 250)}" y="372" font-family="{SERIF}" font-size="470"'
        f' font-weight="700" fill="{sheet.palette.first}" text-anchor="middle">'
        f"{escape(letter)}</text>"
        + rect(0, 388, WIDTH, 212, sheet.palette.ground)
        + rect(36, 396, 64, 6, sheet.palette.second)
        + title(sheet, 36, 412, 328, 118, largest=52, anchor="start")
        + author(sheet, 36, 542, 328, anchor="start", family=SANS)
    )


def hills(sheet: Sheet) -> str:
    """Waves that recede, with something round in the sky."""
    dice, palette = sheet.dice, sheet.palette
    waves = ""
    for place, (colour, shade) in enumerate(
        ((palette.second, 0.55), (palette.first, 0.75), (palette.second, 1), (palette.first, 1))
    ):
        top = 330 + place * 62 + dice.between(-14, 14)
        a, b = dice.between(-60, 60), dice.between(-60, 60)
        waves += (
            f'<path d="M0 {top}C110 {top + a} 150 {top - a} 220 {top}S330 {top + b} 400 {top}'
            f'V600H0z" fill="{colour}" opacity="{shade}"/>'
        )
    return (
        f'<circle cx="{dice.between(80, 320)}" cy="{dice.between(318, 338)}" r="46"'
        f' fill="{palette.first}"/>'
        + waves
        + title(sheet, 200, 44, 320, 160, largest=64)
        + author(sheet, 200, 216, 300, style="italic")
    )


def tiles(sheet: Sheet) -> str:
    """Quarter circles in a grid, each turned by chance."""
    side, drawn = 80, {sheet.palette.first: "", sheet.palette.second: ""}
    corners = ((0, 0, 1, 1), (side, 0, -1, 1), (0, side, 1, -1), (side, side, -1, -1))
    for x in range(0, WIDTH, side):
        for y in range(0, 320, side):
            dx, dy, right, down = sheet.dice.pick(corners)
            sweep = 1 if right * down > 0 else 0
            colour = sheet.dice.pick(tuple(drawn))
            drawn[colour] += (
                f"M{x + dx} {y + dy}h{side * right}"
                f"a{side} {side} 0 0 {sweep} {-side * right} {side * down}z"
            )
    return (
        "".join(f'<path d="{path}" fill="{colour}"/>' for colour, path in drawn.items())
        + title(sheet, 36, 344, 328, 164, largest=60, anchor="start")
        + rule(36, 528, 328, sheet.palette.ink)
        + author(sheet, 36, 538, 328, anchor="start", family=SANS)
    )


def column(sheet: Sheet) -> str:
    """A broad bar beside the title, as on a poster."""
    wide = sheet.dice.pick((58, 74, 90))
    left = wide + 34
    notches = "".join(
        rect(0, y, wide, sheet.dice.between(6, 26), sheet.palette.second)
        for y in range(36, HEIGHT - 40, sheet.dice.pick((44, 66, 88)))
    )
    return (
        rect(0, 0, wide, HEIGHT, sheet.palette.first)
        + notches
        + author(sheet, left, 40, WIDTH - left - 24, anchor="start", family=SANS)
        + rect(left, 104, 48, 7, sheet.palette.first)
        + title(sheet, left, 126, WIDTH - left - 24, 420, largest=62, anchor="start", family=SANS)
    )


def constellation(sheet: Sheet) -> str:
    """Points by chance, joined as the ancients joined stars."""
    dice = sheet.dice
    points = [
        (200 + (60 + dice.below(110)) * cos(turn), 205 + (50 + dice.below(110)) * sin(turn))
        for turn in (step * 2 * pi / 9 for step in range(9))
    ]
    path = "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points) + "z"
    stars = "".join(
        star(x, y, 4, outer=dice.between(9, 20), inner=4, fill=sheet.palette.first)
        for x, y in points
    ) + "".join(
        f'<circle cx="{dice.below(WIDTH)}" cy="{dice.below(390)}" r="{dice.pick((1.5, 2, 3))}"'
        f' fill="{sheet.palette.second}"/>'
        for _ in range(34)
    )
    return (
        f'<path d="{path}" fill="none" stroke="{sheet.palette.second}" stroke-width="1.5"/>'
        + stars
        + title(sheet, 200, 400, 328, 124, largest=54)
        + author(sheet, 200, 540, 300, style="italic")
    )


def arches(sheet: Sheet) -> str:
    """Doorways within doorways, the title under the last."""
    palette, count = sheet.palette, sheet.dice.between(3, 5)
    colours = (palette.first, palette.second)
    gates = "".join(
        f'<path d="M{inset} 600V{200}a{200 - inset} {200 - inset - 10} 0 0 1'
        f' {400 - 2 * inset} 0V600z" fill="{colours[place % 2]}"/>'
        for place, inset in enumerate(range(0, count * 11, 11))
    )
    inset = count * 11
    return (
        gates
        + f'<path d="M{inset} 600V200a{200 - inset} {190 - inset} 0 0 1 {400 - 2 * inset} 0V600z"'
        f' fill="{palette.ground}"/>'
        + star(200, 128, sheet.dice.pick((6, 8, 12)), outer=34, inner=15, fill=palette.first)
        + title(sheet, 200, 196, 348 - 2 * inset, 250, largest=62)
        + author(sheet, 200, 500, 340 - 2 * inset, family=SANS)
    )


DESIGNS: tuple[Design, ...] = (
    bands, frame, sun, label, initial, hills, tiles, column, constellation, arches,
)  # fmt: skip
