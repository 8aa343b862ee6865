"""What recommendations take and answer."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from api.schemas.books import BookInList
from core.search.request import Filters

Size = Annotated[int, Meta(ge=1, le=100)]


class RecommendedQuery(Filters, frozen=True, kw_only=True):
    size: Size = 20


class PopularQuery(RecommendedQuery, frozen=True, kw_only=True):
    """days: the window; without one, of all time."""

    days: Literal[1, 7, 30] | None = None


class TrendingQuery(Filters, frozen=True, kw_only=True):
    """days: the window."""

    days: Literal[1, 7, 30] = 7
    size: Size = 20


class BestsellersQuery(Struct, frozen=True):
    size: Size = 10


class Recommended(BookInList, kw_only=True):
    """reason: why it is here; reason_book_id: the book that is the reason, where one is."""

    score: float
    reason: str
    reason_book_id: UUID | None = None


class Recommendations(Struct, kw_only=True):
    """model_version: None where nothing was trained yet, and popularity answers."""

    model_version: str | None = None
    index_version: str
    results: list[Recommended]
