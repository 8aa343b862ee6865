"""What somebody was shown by an experiment, and the rules by which later acts are credited to it.

An act with a book counts for the exposure that showed this book to this subject last, if that was
not longer before the act than the goal's window. Of one exposure and book each goal counts once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from core.experiments.experiment import Goal

GOAL_OF: Final[Mapping[str, Goal]] = {
    "book_view": "click",
    "search_click": "click",
    "add_to_cart": "cart",
    "purchase": "purchase",
}
"""By kind of event."""

WINDOWS: Final[Mapping[Goal, timedelta]] = {
    "click": timedelta(days=1),
    "cart": timedelta(days=7),
    "purchase": timedelta(days=7),
}
"""How long after it was shown an act with a book is credited."""


class Exposure(Struct, frozen=True, kw_only=True):
    """variant: its place; None where the list was interleaved. teams: of each book then, 0 for the
    first variant, 1 for the second, NO_TEAM. subject: the reader's id, or the one by which a
    visitor goes. reader_id: None for visitors."""

    id: UUID
    experiment_id: UUID
    variant: int | None
    subject: UUID
    reader_id: UUID | None
    books: tuple[UUID, ...]
    teams: bytes = b""
    shown_at: datetime
