"""Synonyms and rules in and out."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from api.schemas.books import Links
from api.schemas.search import Explanation
from core.search.request import SearchRequest
from core.search.rules import Rule, SynonymSet


class SynonymList(Struct, kw_only=True):
    """count: of all; results: this page of them, newest first."""

    count: int
    page: int
    size: int
    results: tuple[SynonymSet, ...]
    links: Links = msgspec.field(name="_links")


class RuleList(Struct, kw_only=True):
    """count: of all; results: this page of them, newest first."""

    count: int
    page: int
    size: int
    results: tuple[Rule, ...]
    links: Links = msgspec.field(name="_links")


class PreviewQuery(SearchRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """weights: text, popularity, taste; empty: the store's. ruled: false leaves rules out."""

    weights: Annotated[str, Meta(pattern=r"^(\d*\.?\d+,\d*\.?\d+,\d*\.?\d+)?$", max_length=40)] = ""
    ruled: bool = True


class WhyNotQuery(SearchRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """book_id is required; the rest is the search that was expected to show the book."""

    book_id: UUID | None = None


class Reason(Struct, omit_defaults=True):
    """cause: words, filter, stock, rule, status or index; told: the same in a sentence."""

    cause: str
    told: str
    name: str = ""
    asked: Any = None
    found: Any = None
    missing: list[str] = []


class Place(Struct, omit_defaults=True):
    """rank: from 1; null behind the first 10,000."""

    rank: int | None
    told: str
    explain: Explanation | None = None
    because: list[str] = []


class WhyNotAnswer(Struct, kw_only=True):
    """reasons: all that keep the book out, none when it is shown. without: its place without them,
    where filters or rules alone keep it out."""

    book_id: UUID
    title: str
    shown: bool
    count: int
    rank: int | None = None
    told: str
    reasons: list[Reason] = []
    explain: Explanation | None = None
    because: list[str] = []
    without: Place | None = None
    index_version: str
