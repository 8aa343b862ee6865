"""Setting a title in a box: widths guessed without a font, lines broken in any script."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

LEADING = 1.16
SPACE = 0.28
_FORBIDDEN_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS = re.compile(r"(?<=[-‐–—/])(?=\w)")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_NARROW = frozenset("ijlftrI1.,:;'’‘!|()[]-·")
_BROAD = frozenset("mwMWQO@%&—…")


class Setting(Struct, frozen=True):
    """Lines that fit their box at a size, in the units of the box."""

    lines: tuple[str, ...]
    size: float

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * LEADING


class _Atom(Struct, frozen=True):
    """What is never broken while a larger break will do; spaced: a space stands before it."""

    text: str
    ems: float
    spaced: bool


def plain(text: str, longest: int = 240) -> str:
    """Text that XML may carry: one line, forbidden characters gone, cut with an ellipsis."""
    line = " ".join(_FORBIDDEN_IN_XML.sub(" ", text[: 4 * longest]).split())
    if len(line) <= longest:
        return line
    kept = list(clusters(line))[:longest]
    return "".join(kept[:-1]).rstrip() + "…"


def fit(text: str, *, width: float, height: float, largest: float, smallest: float) -> Setting:
    """The largest setting of text in a box.

    Words break only once the type is half as large as it may be; what is too much even for the
    smallest type ends in "…".
    """
    atoms = tuple(_atoms(text))
    size = largest
    while size > smallest:
        broken = size < largest / 2
        lines = _greedy(atoms, width / size, broken=broken)
        if lines is not None and len(lines) * size * LEADING <= height:
            return Setting(tuple(_balanced(atoms, lines, width / size, broken=broken)), size)
        size *= 0.94
    lines = _greedy(atoms, width / smallest, broken=True) or [""]
    room = max(1, int(height / (smallest * LEADING)))
    if len(lines) > room:
        lines = [*lines[: room - 1], _ended(lines[room - 1], width / smallest)]
    return Setting(tuple(lines), smallest)


def wrap(text: str, ems: float) -> list[str] | None:
    """Lines of about equal length, none wider than ems; None where a word would have to break."""
    atoms = tuple(_atoms(text))
    lines = _greedy(atoms, ems, broken=False)
    return lines and _balanced(atoms, lines, ems, broken=False)


def ems_of(text: str) -> float:
    """The width of a line in ems, rather too wide than too narrow for a bold serif."""
    return sum(_ems(letter) for letter in text)


def right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left."""
    for letter in text:
        if (direction := unicodedata.bidirectional(letter)) in {"L", "R", "AL"}:
            return direction != "L"
    return False


def clusters(text: str) -> Iterator[str]:
    """What a reader takes for one character: a letter with the marks that belong to it."""
    held = ""
    for letter in text:
        joins = letter in _JOINERS or unicodedata.category(letter)[0] == "M"
        if held and not joins and not held.endswith("\u200d"):
            yield held
            held = ""
        held += letter
    if held:
        yield held


def _balanced(atoms: tuple[_Atom, ...], lines: list[str], ems: float, *, broken: bool) -> list[str]:
    """As many lines, in the narrowest column that still holds them."""
    for share in (0.5, 0.6, 0.7, 0.8, 0.9) if len(lines) > 1 else ():
        closer = _greedy(atoms, ems * share, broken=broken)
        if closer is not None and len(closer) == len(lines):
            return closer
    return lines


def _greedy(atoms: tuple[_Atom, ...], ems: float, *, broken: bool) -> list[str] | None:
    if not broken and any(atom.ems > ems for atom in atoms):
        return None
    lines: list[str] = []
    line, used = "", 0.0
    for atom in atoms:
        space = SPACE if atom.spaced and line else 0.0
        if line and used + space + atom.ems <= ems:
            line, used = f"{line}{' ' if space else ''}{atom.text}", used + space + atom.ems
            continue
        if line:
            lines.append(line)
        line, used = atom.text, atom.ems
        if used > ems:
            *whole, line = _pieces(atom.text, ems)
            lines += whole
            used = ems_of(line)
    return [*lines, line] if line else lines


def _atoms(text: str) -> Iterator[_Atom]:
    for word in text.split():
        spaced = True
        for part in _BREAKS.split(word):
            for piece in _ideographs(part):
                yield _Atom(piece, ems_of(piece), spaced)
                spaced = False


def _ideographs(word: str) -> Iterator[str]:
    """Scripts without spaces break between characters, but no line starts with a full stop."""
    held = ""
    for cluster in clusters(word):
        closing = unicodedata.category(cluster[0]) in {"Pe", "Pf", "Po"}
        if held and not closing and (_is_wide(cluster[0]) or _is_wide(held[-1])):
            yield held
            held = ""
        held += cluster
    if held:
        yield held


def _pieces(word: str, ems: float) -> Iterator[str]:
    """A word too long for any line, with a hyphen where the script has capitals, so knows one."""
    hyphen = "-" if word.lower() != word.upper() else ""
    held = ""
    for cluster in clusters(word):
        if held and ems_of(held + cluster + hyphen) > ems:
            yield held + hyphen
            held = ""
        held += cluster
    yield held


def _ended(line: str, ems: float) -> str:
    kept = list(clusters(line))
    while kept and ems_of("".join(kept)) + 1.0 > ems:
        kept.pop()
    return "".join(kept).rstrip(" ,.;:-") + "…"


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in {"W", "F"}


@lru_cache(maxsize=4096)
def _ems(letter: str) -> float:
    if letter == " ":
        return SPACE
    category = unicodedata.category(letter)
    if category[0] == "M" or category == "Cf":
        return 0.0
    if _is_wide(letter):
        return 1.0
    if letter in _NARROW:
        return 0.40
    if letter in _BROAD:
        return 0.98
    return 0.76 if category == "Lu" else 0.58
