"""A cell as it arrives: tidied, with what means "nothing" read as empty."""

import html
import re
import unicodedata

# Joins the members of a list that came as one cell (JSON, Parquet): no text contains it.
LIST_SEPARATOR = "\x1f"

_NOTHING = frozenset({"null", "none", "nan", "n/a", "\\n", "<na>", "nil"})
_SPACES = re.compile(r"\s+")
_ENTITY = re.compile(r"&(?:[a-z]+|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1e\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")


def tidy(cell: str) -> str:
    """One line of NFC text: no control characters, single spaces, HTML entities resolved."""
    if cell.isascii() and cell.isprintable() and "&" not in cell and "  " not in cell:
        return cell.strip()
    if _ENTITY.search(cell):
        cell = html.unescape(cell)
    cell = _CONTROL.sub("", unicodedata.normalize("NFC", cell))
    return (
        _SPACES.sub(" ", cell.replace(LIST_SEPARATOR, "\ue000")).replace("\ue000", "\x1f").strip()
    )


def filled(cell: str) -> str:
    """`tidy`, and "" for what other systems write where there is nothing: NaN, null, N/A, \\N."""
    cell = tidy(cell)
    return "" if cell.lower() in _NOTHING else cell


def split(cell: str, separators: tuple[str, ...]) -> list[str]:
    """The parts of a cell between any of the separators, and of a list, tidied, without empties."""
    for separator in separators:
        cell = cell.replace(separator, LIST_SEPARATOR)
    return [part for part in (tidy(piece) for piece in cell.split(LIST_SEPARATOR)) if part]
