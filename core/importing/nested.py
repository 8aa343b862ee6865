"""Nested JSON values as a flat row of text cells."""

from typing import Any

from core.importing.text import LIST_SEPARATOR


def flatten(value: Any, name: str = "") -> dict[str, str]:
    """{"series": {"name": "Dune"}} → {"series.name": "Dune"}; members of a list share a cell."""
    if isinstance(value, dict):
        flat: dict[str, str] = {}
        for key, inner in value.items():
            flat |= flatten(inner, f"{name}.{key}" if name else str(key))
        return flat
    if isinstance(value, list):
        joined: dict[str, list[str]] = {}
        for member in value:
            for key, cell in flatten(member, name).items():
                joined.setdefault(key, []).append(cell)
        return {key: LIST_SEPARATOR.join(cells) for key, cells in joined.items()}
    if value is None:
        return {name: ""}
    return {name: str(value).lower() if isinstance(value, bool) else str(value)}
