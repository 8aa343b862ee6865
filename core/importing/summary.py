"""What an import did: the five numbers a person wants, and what they should know besides."""

import re
from collections import Counter

from msgspec import Struct

from core.importing.books import Rejection


class ImportSummary(Struct, frozen=True, kw_only=True):
    """read = added + changed + unchanged + rejected."""

    read: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    readers: int = 0
    """Readers that the interactions made known."""

    seconds: float = 0.0


class Reasons:
    """Counts rejections by what they have in common, keeping one line of each as an example."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, Rejection] = {}

    def add(self, rejection: Rejection) -> None:
        kind = _PARTICULAR.sub("…", rejection.reason)
        self._counts[kind] += 1
        self._examples.setdefault(kind, rejection)

    def told(self, most: int = 5) -> list[str]:
        """One sentence for each of the commonest kinds."""
        return [
            f"{count:,} × {self._examples[kind].reason}"
            f" ({'the first on ' if count > 1 else ''}line {self._examples[kind].line})"
            for kind, count in self._counts.most_common(most)
        ]


_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
