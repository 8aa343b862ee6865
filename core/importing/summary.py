"""What an import did: the five numbers a person wants, and what they should know besides."""

from msgspec import Struct


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
