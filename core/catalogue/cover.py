"""The cover of a book that brings none: typography and geometry drawn from its title and author."""

from hashlib import blake2b
from html import escape

from core.catalogue.cover_designs import DESIGNS
from core.catalogue.cover_sheet import HEIGHT, WIDTH, Palette, Sheet
from core.catalogue.dice import Dice
from core.catalogue.typesetting import plain

# Ground, ink on the ground, and two colours that speak; ink on ground is at least 7 : 1.
PALETTES = (
    Palette("#f3e9d6", "#23201c", "#c2402a", "#e2a93b"),
    Palette("#17403b", "#f6ecd2", "#e8b04a", "#d9583b"),
    Palette("#1f2a4d", "#f4ead8", "#e9785a", "#8fb8c9"),
    Palette("#f4d35e", "#1d1b1a", "#d1495b", "#1f6f78"),
    Palette("#e9dfd0", "#2b2433", "#6a4c93", "#ee8959"),
    Palette("#5c1a28", "#f8e9d7", "#f0a868", "#c96a6a"),
    Palette("#dfe7dc", "#1c2b22", "#2f6f4f", "#e07a5f"),
    Palette("#22201f", "#f2e8d8", "#d8a545", "#a8432f"),
    Palette("#f6dcd0", "#2a1d24", "#9b2f4d", "#2b6c75"),
    Palette("#cfe0e6", "#152732", "#2a5d84", "#d9572b"),
    Palette("#3a2d52", "#f5ead9", "#e6a5a1", "#e9c46a"),
    Palette("#f1ede4", "#20262b", "#1c7c8c", "#f2b134"),
    Palette("#7a2e17", "#fbeed8", "#f3b562", "#2f8f83"),
    Palette("#0f4c5c", "#f8f0dd", "#fb8b24", "#9ad1c6"),
)


def cover_svg(title: str, authors: tuple[str, ...], seed: str) -> bytes:
    """An SVG image of 400 × 600; the same arguments always give the same bytes.

    seed: chooses palette, design and ornament, so that one title in two editions looks different.
    It names no font file, style sheet or address, and is well-formed XML for any text.
    """
    dice = Dice(blake2b(seed.encode("utf-8", "replace"), digest_size=32).digest())
    palette, design = dice.pick(PALETTES), dice.pick(DESIGNS)
    sheet = Sheet(
        title=plain(title) or "Untitled", author=_byline(authors), palette=palette, dice=dice
    )
    label = f"{sheet.title}, {sheet.author}" if sheet.author else sheet.title
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette.ground}"/>'
        f"{design(sheet)}"
        # The fold beside the spine, where a hand opens the book.
        f'<path d="M0 0h9v{HEIGHT}h-9z" fill="#000" opacity=".10"/>'
        f'<path d="M9 0h3v{HEIGHT}h-3z" fill="#fff" opacity=".16"/>'
        "</svg>"
    ).encode()


def _byline(authors: tuple[str, ...]) -> str:
    names = [name for author in authors[:4] if (name := plain(author, 60))]
    if len(authors) > 3:
        return f"{names[0]} and others" if names else ""
    return " & ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
