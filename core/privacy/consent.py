"""What a reader agreed to, when, and to which notice."""

from datetime import datetime
from typing import Annotated, Final, Literal, get_args

from msgspec import Meta, Struct

Purpose = Literal["analytics"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)


class ConsentChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """analytics: whether visits and searches may be kept for statistics.

    version: of the notice that was shown.
    """

    analytics: bool
    version: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[\w.-]+$")]


class Decision(Struct, frozen=True, kw_only=True):
    purpose: Purpose
    granted: bool
    version: str
    recorded_at: datetime


class Consent(Struct, frozen=True, kw_only=True):
    """analytics: None before the first decision. history: newest first."""

    analytics: bool | None
    history: tuple[Decision, ...]
