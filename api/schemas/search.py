"""What search answers, as the OpenAPI document tells it; the bytes are made in core."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from api.schemas.books import BookInList, Links
from core.search.rules import Rule


class NamedCount(Struct):
    name: str
    count: int


class RangeCount(Struct):
    """from and to: None where the range is open; `to` belongs to the next range."""

    count: int
    low: float | None = msgspec.field(name="from", default=None)
    high: float | None = msgspec.field(name="to", default=None)


class StarsCount(Struct):
    rating: int
    count: int


class StockCount(Struct):
    in_stock: bool
    count: int


class Facets(Struct, omit_defaults=True):
    """Those asked for. Each ignores the filter on itself and honours all others; exact."""

    categories: list[NamedCount] = []
    price_ranges: list[RangeCount] = []
    ratings: list[StarsCount] = []
    authors: list[NamedCount] = []
    languages: list[NamedCount] = []
    years: list[RangeCount] = []
    series: list[NamedCount] = []
    availability: list[StockCount] = []


class Highlights(Struct, omit_defaults=True):
    """HTML with <mark> around what matched; everything else is escaped."""

    title: str = ""
    authors: list[str] = []
    description: str = ""


class ScorePart(Struct):
    """value = weight × part; the values add up to the score."""

    weight: float
    part: float
    value: float


class Explanation(Struct):
    text: ScorePart
    popularity: ScorePart
    taste: ScorePart


class Hit(BookInList, kw_only=True):
    """A book in list form; score is absent where the order is not by relevance.

    because: with `explain`, the same in sentences.
    """

    score: float | None = None
    highlights: Highlights | None = None
    explain: Explanation | None = None
    because: list[str] | None = None


class AppliedSynonym(Struct):
    """id: of the set that lets the term find the target."""

    id: UUID
    term: str
    target: str


class SearchAnswer(Struct, kw_only=True):
    """match: the step that answered, from full matches to any word; count speaks of it.

    synonyms, rules: with `explain`, those that had a part in it. dropped: what was left out
    because the search took too long: taste, popularity, fuzziness, facets.
    """

    count: int
    page: int
    size: int
    next_cursor: str | None = None
    match: str
    did_you_mean: str | None = None
    synonyms: list[AppliedSynonym] | None = None
    rules: list[Rule] | None = None
    dropped: list[str] | None = None
    facets: Facets | None = None
    index_version: str
    took_us: int
    results: list[Hit]


class BookList(SearchAnswer, kw_only=True):
    """A page of the catalogue and the way to its neighbours."""

    links: Links = msgspec.field(name="_links")


class AutocompleteQuery(Struct, frozen=True):
    q: Annotated[str, Meta(max_length=256)] = ""


class Suggestion(Struct, omit_defaults=True):
    """id: of the book that a title names. highlight: the text, safe for HTML, with <mark> around
    what was typed, or meant where a slip was forgiven.
    """

    text: str
    type: Literal["title", "author", "query"]
    highlight: str = ""
    id: UUID | None = None


class SimilarQuery(Struct, frozen=True):
    book_id: UUID
    size: Annotated[int, Meta(ge=1, le=100)] = 10


class SimilarSize(Struct, frozen=True):
    size: Annotated[int, Meta(ge=1, le=100)] = 10


class SimilarTexts(Struct):
    results: list[Hit]
    index_version: str
